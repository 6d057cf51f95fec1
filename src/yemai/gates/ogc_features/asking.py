"""One request and its answer: who asks, by session or token, and a JSON document with its tag."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja.errors import AuthenticationError

from yemai.base.access.doors import View, public
from yemai.base.people.models import Person
from yemai.base.tokens.guards import PUBLIC, Guard
from yemai.kernel.refusals import Refused

from .terms import JSON

Document = dict[str, Any]


def signed_out() -> Refused:
    """The refusal of a stranger, or of a token that is not in force."""
    return Refused("signed-out", _("请先登录，或带上有效的接口密钥。"), status=401)


def asked(kind: str) -> Callable[[Callable[..., HttpResponse]], View]:
    """A view that reads only and answers in `kind`; it is called with the request and with who asks (None: a stranger).

    Its door is open; what a stranger finds behind it is each collection's business.
    """

    def wrap(view: Callable[..., HttpResponse]) -> View:
        @wraps(view)
        def answered(request: HttpRequest, **named: str) -> HttpResponseBase:
            return view(request, asker_of(request, kind), **named)

        return public(require_safe(answered))

    return wrap


def asker_of(request: HttpRequest, kind: str) -> Person | None:
    """Who asks. Raises Refused: 401 for a token not in force, 403 for one that may not read, 406."""
    gives = JSON if request.accepts(JSON) else kind  # who reads JSON reads every kind of it
    try:
        return Guard(PUBLIC, gives=gives)(request).person
    except AuthenticationError as unknown:
        raise signed_out() from unknown


def answer(request: HttpRequest, document: Document, kind: str = JSON, **headers: str) -> HttpResponse:
    """The document; 304 where the asker has it already. `headers` in Python's spelling: `content_crs`."""
    said = json.dumps({**document, "timeStamp": ""}, ensure_ascii=False, default=str)
    etag = f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'
    response = HttpResponse(json.dumps(document, ensure_ascii=False), content_type=kind)
    for name, value in headers.items():
        response[name.replace("_", "-").title()] = value
    response["ETag"] = f"W/{etag}"  # weak: timeStamp moves while nothing else does
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
