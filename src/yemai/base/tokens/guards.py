"""The guard before each operation of the API: it lets in whom the operation declares, by session or by token."""

import math
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, Throttled
from ninja.utils import check_csrf

from yemai.base.access.doors import Access, Door, lets_in
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Refused

from .actions import note_use
from .limits import seconds_to_wait
from .models import ApiToken
from .queries import token_named
from .terms import Scope

PUBLIC = Access(Door.PUBLIC)
SIGNED_IN = Access(Door.SIGNED_IN)
JSON = "application/json"
SAFE = frozenset({"GET", "HEAD"})


def needing(*permissions: Permission) -> Access:
    """Open to whoever holds any of these permissions anywhere; where exactly is checked by the query or action behind."""
    return Access(Door.NEEDS, frozenset(permissions))


@dataclass(frozen=True)
class Caller:
    """Whose request it is: a person by session or token, or a stranger."""

    person: Person | None = None
    token: ApiToken | None = None

    def holds(self, scope: Scope) -> bool:
        """May this request do what the scope names? A session may do all its person may."""
        return self.token is None or scope in self.token.scopes


class Guard:
    """Declares an operation's access and enforces it, before a byte of the body is looked at.

    `scope` is what a token must be good for; `gives` the media type of the answer; `refuses` the statuses of refusals
    that only this operation knows (those of its parameters and body are known from its signature); `session_only` keeps
    tokens out.
    """

    def __init__(
        self,
        access: Access,
        *,
        scope: Scope = Scope.READ,
        refuses: tuple[int, ...] = (),
        gives: str = JSON,
        session_only: bool = False,
    ) -> None:
        self.access, self.scope, self.refuses = access, scope, refuses
        self.gives, self.session_only = gives, session_only

    @property
    def is_public(self) -> bool:
        """Does it let strangers in?"""
        return self.access.door == Door.PUBLIC

    def __call__(self, request: HttpRequest) -> Caller:
        """Who calls. Raises AuthenticationError (401), Throttled (429), Refused (403, 406)."""
        caller = self._caller(request)
        if caller.person is not None:
            request.user = caller.person
        if caller.person is None and not self.is_public:
            raise AuthenticationError
        if caller.person is not None and not lets_in(self.access, caller.person):
            raise Refused("no-permission", _("您的岗位没有这项权限。如需使用，请联系上级或系统管理员。"), status=403)
        if not caller.holds(self.scope) or (self.session_only and caller.token is not None):
            raise Refused("scope", _("这个接口密钥不能用于这项操作，请在登录后使用，或换一个密钥。"), status=403)
        if not request.accepts(self.gives):
            text = _("这里只提供 %(type)s，请修改 Accept。") % {"type": self.gives}
            raise Refused("not-acceptable", text, status=406)
        if caller.person is None and request.method not in SAFE:
            self._count(request)
        return caller

    def _caller(self, request: HttpRequest) -> Caller:
        scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._bearer(secret.strip())
        person = request.user
        if not isinstance(person, Person) or not person.is_active:
            return Caller()
        if request.method not in SAFE and check_csrf(request) is not None:
            if self.is_public:
                return Caller()  # another site's form may send what any stranger may, but not in this person's name
            raise Refused("csrf", _("页面已过期，请刷新后重试；或缺少 X-CSRFToken。"), status=403)
        return Caller(person)

    def _bearer(self, secret: str) -> Caller:
        now = timezone.now()
        token = token_named(secret, now)
        if token is None:
            raise AuthenticationError
        note_use(token, now=now)
        return Caller(token.person, token)

    def _count(self, request: HttpRequest) -> None:
        wait = seconds_to_wait(request)
        if wait is not None:
            raise Throttled(wait=math.ceil(wait))


def caller_of(request: HttpRequest) -> Caller:
    """What the operation's guard found."""
    caller = getattr(request, "auth", None)
    return caller if isinstance(caller, Caller) else Caller()


def person_of(request: HttpRequest) -> Person:
    """Whose request it is, behind a guard that lets no stranger in."""
    person = caller_of(request).person
    if person is None:
        raise AuthenticationError
    return person
