"""The door before every view: each says who may come in, and a test fails on a view that says nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from .queries import may
from .terms import Permission

View = Callable[..., HttpResponseBase]


class Door(StrEnum):
    """How wide a door stands open."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    NEEDS = "needs"


@dataclass(frozen=True)
class Access:
    """What a view declares: its door and, for `needs`, the permissions of which any one, held anywhere, lets in."""

    door: Door
    permissions: frozenset[Permission] = frozenset()


def public(view: View) -> View:
    """Open to everybody, signed in or not; what is shown is the view's own business."""
    return _declared(view, Access(Door.PUBLIC))


def signed_in(view: View) -> View:
    """Open to everybody with an account; others are sent to sign in and come back."""
    return _declared(view, Access(Door.SIGNED_IN))


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Open to whoever holds any of these permissions anywhere; where exactly is checked by the query or action behind.

    Strangers are sent to sign in; others get the 403 page.
    """
    if not permissions:
        raise TypeError("needs() without a permission would let nobody in")
    return lambda view: _declared(view, Access(Door.NEEDS, frozenset(permissions)))


def access_of(view: Any) -> Access | None:
    """What a view declares; None where it declares nothing."""
    found = getattr(view, "access", None)
    return found if isinstance(found, Access) else None


def declared(view: Any) -> bool:
    """Does the view say who may come in?"""
    return access_of(view) is not None


def lets_in(access: Access, person: Any) -> bool:
    """Would this door open for this person? Also tells a menu what to offer."""
    if access.door == Door.PUBLIC:
        return True
    if not person.is_authenticated:
        return False
    return access.door == Door.SIGNED_IN or any(may(person, permission) for permission in access.permissions)


def _declared(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not lets_in(access, request.user):
            return _turned_away(request)
        return view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]  # the declaration rides on the view itself
    return guarded


def _turned_away(request: HttpRequest) -> HttpResponseBase:
    """A stranger signs in first and comes back to the page (never to the target of a form or a fragment)."""
    if request.user.is_authenticated:
        raise PermissionDenied(_("您的岗位没有这项权限。如需使用，请联系上级或系统管理员。"))
    is_fragment = request.headers.get("HX-Request") == "true"
    back = request.headers.get("HX-Current-URL", "") if is_fragment else request.get_full_path()
    if request.method not in ("GET", "HEAD") and not is_fragment:
        back = request.headers.get("Referer", "/")
    answer = redirect_to_login(back or "/")
    return HttpResponseClientRedirect(answer.url) if is_fragment else answer
