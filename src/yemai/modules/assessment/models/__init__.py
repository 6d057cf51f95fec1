"""Tables of assessment."""

from .facts import CaseFact, Count, PendingFact

__all__ = ["CaseFact", "Count", "PendingFact"]
