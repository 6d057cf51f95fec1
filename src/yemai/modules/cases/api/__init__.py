"""The API of cases: residents without an account, the town as everybody sees it, and the people who work on cases."""

from ninja import Router

from . import desk, residents, town, work

ROUTERS: tuple[Router, ...] = (residents.router, town.router, work.router, desk.router)

__all__ = ["ROUTERS"]
