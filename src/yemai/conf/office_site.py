"""The back office's site: who is let in, where each of them reaches, and what its first page calls for."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import unwrap
from typing import Any, cast
from urllib.parse import urlencode

from csp.decorators import csp
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from yemai.base.access import queries as access
from yemai.base.access.doors import Access, Door, public
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.office.registers import Register
from yemai.base.office.site import Asked, Ground
from yemai.base.people.models import Person
from yemai.base.territory.models import Node

from .office import POLICY


class Everywhere:
    """The reach of a superuser: the operator's own account, made at the machine itself."""

    def __bool__(self) -> bool:
        return True

    def covers(self, path: str | None) -> bool:
        """Always."""
        return True

    def q(self, field: str = "path") -> Q:
        """True of every row; an empty condition would vanish beside another one."""
        return Q(pk__isnull=False)


EVERYWHERE = Everywhere()


class OfficeSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    """Staff alone, and of the registers only those a post of theirs opens."""

    index_template = "office/index.html"

    # --- who reaches where -------------------------------------------------------------------------------------------

    def reach(self, request: HttpRequest, permission: str) -> Ground:
        """Where the asker holds a permission."""
        person = request.user
        if getattr(person, "is_superuser", False) and person.is_active:
            return EVERYWHERE
        return access.reach(cast(Person, person), Permission(permission))

    def holds_everywhere(self, request: HttpRequest, permission: str) -> bool:
        """Does the asker hold it on every root of the ground?"""
        found = self.reach(request, permission)
        if not found or found is EVERYWHERE:
            return bool(found)
        roots = self._roots(request)
        return bool(roots) and all(found.covers(path) for path in roots)

    def _roots(self, request: HttpRequest) -> list[str]:
        """Paths of the open roots, asked once a page."""
        known: list[str] | None = getattr(request, "office_roots", None)
        if known is None:
            known = list(Node.objects.filter(parent=None, valid_to=None).values_list("path", flat=True))
            request.office_roots = known  # type: ignore[attr-defined]  # kept for the length of the page
        return known

    def record(
        self, request: HttpRequest, action: str, subject: Model, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Write a change into the trail that no listener writes."""
        actor = cast(Person, request.user)
        record(actor=actor, action=action, subject=subject, now=timezone.now(), before=before, after=after)

    def trail_of(self, subject: Model) -> str:
        """The register of changes, narrowed to one row."""
        chosen = urlencode({"object_kind": subject._meta.label_lower, "object_id": subject.pk})
        return f"{reverse('admin:audit_entry_changelist')}?{chosen}"

    # --- doors -------------------------------------------------------------------------------------------------------

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Our registers alone: libraries bring pages that know nothing of reach and show tokens and secrets."""
        if isinstance(admin_class, type) and issubclass(admin_class, Register):
            unknown = {admin_class.needs, *admin_class.looks} - set(Permission)
            if unknown:
                raise ValueError(f"{admin_class.__name__} asks for {unknown}, which is no permission")
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff whose posts open at least one register."""
        person = request.user
        if not (isinstance(person, Person) and person.is_active and person.is_staff):
            return False
        return any(cast(Register, register).may_look(cast(Asked, request)) for register in self._registry.values())

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., HttpResponseBase]:
        """Strangers sign in and come back; everybody else who has no business here is told so."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied(_("后台只对系统管理员、审计员等岗位开放。如需使用，请联系上级或系统管理员。"))
            return cast(HttpResponseBase, inner(request, *args, **kwargs))

        dressed: Callable[..., HttpResponseBase] = csp(cast("dict[str, Any]", POLICY))(guarded)
        return dressed

    def get_urls(self) -> list[Any]:
        """Every address says who may come in: a register's by its permissions, the rest by any of them."""
        urls = super().get_urls()
        every = frozenset(Permission(name) for register in self._registry.values() for name in register.permissions)
        for url in urls:
            if getattr(url, "name", "") == "login":
                url.callback = public(self.login)
            else:
                _declare(url, every)
        return cast("list[Any]", urls)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """One way in for everybody."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """One way out."""
        if request.method != "POST":
            return redirect("account_logout")
        logout(request)
        return redirect("/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """One's own password is changed on one's own page, which asks for the old one and knows the second factor."""
        return redirect("account_change_password")

    password_change_done = password_change

    # --- the first page ----------------------------------------------------------------------------------------------

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """What calls for somebody, and the ways in."""
        from .office_index import calls

        return super().index(request, {**(extra_context or {}), "title": _("后台首页"), "calls": calls(self, request)})


def _declare(url: URLPattern | URLResolver, permissions: frozenset[Permission]) -> None:
    if isinstance(url, URLResolver):
        for inner in url.url_patterns:
            _declare(inner, permissions)
        return
    register = getattr(url.callback, "model_admin", None) or getattr(unwrap(url.callback), "__self__", None)
    if isinstance(register, Register):
        permissions = frozenset(Permission(name) for name in register.permissions)
    url.callback.access = Access(Door.NEEDS, permissions)  # type: ignore[attr-defined]  # as doors.needs does
