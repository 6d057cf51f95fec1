"""The one API object, at /api/v1: its guards, its problem documents, its complete OpenAPI description."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import AnonRateThrottle, UserRateThrottle

from yemai.base.people.models import Person
from yemai.base.tokens.queries import person_of_token
from yemai.conf.refusals import PROBLEM_TYPE, answer
from yemai.kernel.refusals import Absent, Refused
from yemai.modules.cases.api import router as staff
from yemai.modules.cases.api_public import router as public
from yemai.modules.cases.api_schemas import Problem
from yemai.modules.cases.views.device import remember

PROBLEMS = {
    400: "a request that can't be read",
    401: "nobody is signed in",
    403: "not permitted",
    404: "not there, or not to be seen",
    405: "no such method here",
    409: "understood and refused; the text says why and what to do",
    410: "gone: a link that was used or has expired",
    413: "too large",
    415: "a kind of content that is not taken",
    422: "a field that does not fit; named in `fields`",
    429: "too often; Retry-After says when",
    503: "not set up yet",
    507: "no room left",
}


class Session(APIKeyCookie):
    """A signed-in page's session; writes need its CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:
        """The person of the session."""
        return request.user if isinstance(request.user, Person) and request.user.is_active else None


class Bearer(HttpBearer):
    """A person's token: `Authorization: Bearer ym_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        """Whose token it is."""
        return person_of_token(token, timezone.now())


class Api(NinjaAPI):
    """NinjaAPI whose description names every problem it may answer with."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI document, problems included."""
        schema = super().get_openapi_schema(**options)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problem
        body = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, meaning in PROBLEMS.items():
                    operation["responses"][status] = {"description": meaning, "content": body}
        return schema


throttle: list[Any] = (
    [AnonRateThrottle(settings.API_ANONYMOUS_RATE), UserRateThrottle(settings.API_PERSON_RATE)]
    if settings.API_ANONYMOUS_RATE
    else []
)
api = Api(
    title="Yemai 叶脉",
    version="1",
    description="Neighbourhood governance by micro-grids: everything a page does. Errors are problem documents (RFC 9457).",
    urls_namespace="api",
    throttle=throttle,
)
api.add_router("", public)
api.add_router("", staff, auth=[Session(), Bearer()])

Handler = Callable[[HttpRequest, Any], HttpResponse]


@api.exception_handler(Refused)
def refused(request: HttpRequest, why: Any) -> HttpResponse:
    """A refusal: 422 is kept for bodies that don't fit the description, so what was understood and refused is 409."""
    if why.status == 422:
        why = Refused(why.code, why.text, status=409, fields=why.fields)
    return answer(request, why)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, why: Any) -> HttpResponse:
    """Fields that don't fit, each by its name."""
    fields = {str(error["loc"][-1]): str(error["msg"]) for error in why.errors if error.get("loc")}
    return answer(request, Refused("invalid", _("有些内容填得不对，请按提示修改。"), status=422, fields=fields))


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, why: Any) -> HttpResponse:
    """Nobody, or a token that is not in force."""
    response = answer(request, Refused("signed-out", _("请先登录，或带上有效的接口密钥。"), status=401))
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Http404)
def absent(request: HttpRequest, why: Any) -> HttpResponse:
    """Not there."""
    return answer(request, Absent())


@api.exception_handler(Throttled)
def throttled(request: HttpRequest, why: Any) -> HttpResponse:
    """Too often; nothing was kept."""
    response = answer(request, Refused("too-often", _("请求太频繁，请稍后再试；这一次没有收下。"), status=429))
    response["Retry-After"] = str(int(getattr(why, "wait", None) or 60))
    return response


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, why: Any) -> HttpResponse:
    """What the framework itself refuses: a body that is no JSON, a missing CSRF token."""
    return answer(request, Refused("unreadable", str(why), status=why.status_code))


class ApiProblems:
    """Middleware: what Django answers itself under /api/ (unknown address, wrong method) becomes a problem document; a phone keeps its cookie."""

    WORDS = {
        404: "没有这个接口地址。",
        405: "这个地址不支持这种方法。",
        403: "没有权限，或页面已过期。",
        400: "请求看不懂。",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, and dress a bare error."""
        response = self.get_response(request)
        if request.path.startswith("/api/"):
            remember(request, response)
        if (
            response.status_code < 400
            or not request.path.startswith("/api/")
            or response.get("Content-Type", "").startswith(PROBLEM_TYPE)
            or response.status_code >= 500
        ):
            return response
        text = self.WORDS.get(response.status_code, "请求没有成功。")
        dressed = answer(request, Refused("http", text, status=response.status_code))
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in response:
                dressed[name] = response[name]
        return dressed
