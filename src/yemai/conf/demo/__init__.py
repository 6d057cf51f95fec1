"""The demo town 云杉镇: invented ground, people and cases, built through the same actions everybody uses."""

from .loading import CastRow, cast, load

__all__ = ["CastRow", "cast", "load"]
