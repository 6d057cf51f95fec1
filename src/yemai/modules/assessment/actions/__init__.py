"""Writes of assessment."""

from .facts import note_changed, put_facts, rebuild_counts, take_pending

__all__ = ["note_changed", "put_facts", "rebuild_counts", "take_pending"]
