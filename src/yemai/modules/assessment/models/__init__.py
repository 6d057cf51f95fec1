"""Tables of assessment."""

from .facts import CaseFact, Count, PendingFact, StaleMonth
from .runs import Appeal, HardStop, LeftOut, Result, Run
from .schemes import SchemeVersion

__all__ = [
    "Appeal",
    "CaseFact",
    "Count",
    "HardStop",
    "LeftOut",
    "PendingFact",
    "Result",
    "Run",
    "SchemeVersion",
    "StaleMonth",
]
