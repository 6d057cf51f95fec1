"""Cases in the back office; Django looks for the registers here."""

from . import cases, catalogue, proposing

__all__ = ["cases", "catalogue", "proposing"]
