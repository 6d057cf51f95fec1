"""Every read of the closed loop, already limited to what the actor may see."""

from .integrity import BrokenLink, first_broken_link

__all__ = ["BrokenLink", "first_broken_link"]
