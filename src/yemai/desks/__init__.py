"""Desks: read-only views across modules; nothing here writes."""
