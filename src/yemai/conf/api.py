"""The one API object, at /api/v1: what it reads, how it answers, and what it says when something is refused."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from pydantic_core import from_json

from yemai.base.tokens.api import router as tokens
from yemai.conf.openapi import ABOUT, complete
from yemai.conf.refusals import answer
from yemai.desks.search.api import router as search
from yemai.kernel.refusals import Absent, Refused
from yemai.modules.cases.api import ROUTERS as CASES

JSON = "application/json"


def not_taken(taken: str) -> Refused:
    """The refusal of a body of another kind."""
    return Refused("not-taken", _("这里只接收 %(type)s，请修改 Content-Type。") % {"type": taken}, status=415)


class Reader(Parser):
    """Takes JSON as RFC 8259 has it, and only what says it is: no NaN, no half characters, no bottomless nesting."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body. Raises Refused 415, 400."""
        if (request.content_type or "") != JSON:
            raise not_taken(JSON)
        try:
            return from_json(request.body, allow_inf_nan=False, cache_strings="none")
        except ValueError as error:
            raise Refused("not-json", _("内容不是有效的 JSON。"), status=400) from error

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> Any:
        """Query parameters, or the files of a form. Raises Refused 415."""
        if data is request.FILES and request.content_type != "multipart/form-data":
            raise not_taken("multipart/form-data")
        return super().parse_querydict(data, list_fields, request)


class Writer(JSONRenderer):
    """JSON in UTF-8."""

    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    """NinjaAPI that tags what it gives, and whose description is whole."""

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        """The answer; what was read before and has not changed is 304.

        The ETag is a digest of the answer, behind the version where the operation has set one: If-Match looks at that
        alone, since the rest of the answer moves with the clock and the reader.
        """
        response = super().create_response(request, data, status=status, temporal_response=temporal_response)
        if request.method != "GET" or response.status_code != 200:
            return response
        digest = hashlib.sha256(response.content).hexdigest()[:20]
        version = response.get("ETag", "").strip('"')
        response["ETag"] = etag = f'"{version}-{digest}"' if version else f'"{digest}"'
        response.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        seen = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
        if etag in seen or "*" in seen:
            response.status_code, response.content = 304, b""
            for name in ("Content-Type", "Content-Length"):
                response.headers.pop(name, None)
        return response

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of its function: `take_case_step`."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The whole OpenAPI document; made once, since nothing in it moves."""
        return _described(options.get("path_prefix"))

    def describe(self, path_prefix: str | None) -> OpenAPISchema:
        """Make the document."""
        return complete(super().get_openapi_schema(path_prefix=path_prefix), self)


api = Api(
    title="叶脉 Yemai",
    version="1",
    description=ABOUT,
    urls_namespace="api",
    docs_url=None,  # its page needs inline scripts, which our content policy forbids; docs/api.md stands in
    parser=Reader(),
    renderer=Writer(),
)
for _router in (*CASES, search, tokens):
    api.add_router("", _router)


@cache
def _described(path_prefix: str | None) -> OpenAPISchema:
    return api.describe(path_prefix)


# --- refusals --------------------------------------------------------------------------------------------------------


@api.exception_handler(Refused)
def refused(request: HttpRequest, why: Any) -> HttpResponse:
    """422 is kept for what does not fit the description; what was understood and then refused is 409, fields and all."""
    if why.status == 422:
        why = Refused(why.code, why.text, status=409, fields=why.fields)
    return answer(request, why)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, why: Any) -> HttpResponse:
    """Fields that don't fit, each by its name; what does not fit in the address itself is an address that is not there."""
    if any(error["loc"][0] == "path" for error in why.errors):
        return answer(request, Absent())
    fields: dict[str, str] = {}
    for error in why.errors:
        fields.setdefault(_name(error["loc"]), _words(error))
    return answer(request, Refused("invalid", _("有些内容填得不对，请按提示修改。"), status=422, fields=fields))


def _name(loc: tuple[str | int, ...]) -> str:
    """`photos.0` for ("body", "body", "photos", 0), `lon` for ("query", "lon")."""
    own = loc[2:] if loc[0] == "body" or (loc[0] == "query" and len(loc) > 2) else loc[1:]
    return ".".join(str(part) for part in own) or str(loc[0])


def _words(error: dict[str, Any]) -> str:
    """What is wrong with a field, in the reader's language."""
    bounds = error.get("ctx", {})
    said = {
        "missing": _("请填写"),
        "extra_forbidden": _("没有这一项"),
        "string_too_long": _("最多 %(max_length)s 字"),
        "string_too_short": _("至少 %(min_length)s 字"),
        "too_long": _("最多 %(max_length)s 个"),
        "greater_than_equal": _("不小于 %(ge)s"),
        "less_than_equal": _("不大于 %(le)s"),
        "string_type": _("应为文字"),
        "whole": _("应为整数"),
        "int_parsing": _("应为整数"),
        "number": _("应为数字"),
        "float_parsing": _("应为数字"),
        "bool_type": _("应为 true 或 false"),
        "list_type": _("应为列表"),
        "moment": _("应为带时区的时间，如 2026-03-04T10:00:00+08:00"),
        "day": _("应为日期，如 2026-03-04"),
        "uuid_parsing": _("应为 UUID"),
        "enum": _("应为其中之一：%(expected)s"),
        "literal_error": _("应为其中之一：%(expected)s"),
    }.get(error["type"])
    try:
        return said % bounds if said else str(error["msg"])
    except (KeyError, TypeError):
        return str(error["msg"])


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, why: Any) -> HttpResponse:
    """Nobody, or a token that is not in force."""
    response = answer(request, Refused("signed-out", _("请先登录，或带上有效的接口密钥。"), status=401))
    response["WWW-Authenticate"] = 'Bearer realm="Yemai"'
    return response


@api.exception_handler(Throttled)
def throttled(request: HttpRequest, why: Any) -> HttpResponse:
    """Too often; nothing was kept."""
    response = answer(request, Refused("too-often", _("请求太频繁，请稍后再试；这一次没有收下。"), status=429))
    response["Retry-After"] = str(why.wait or 60)
    return response


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, why: Any) -> HttpResponse:
    """What the framework wraps: our own refusal of a body shines through."""
    if isinstance(why.__cause__, Refused):
        return answer(request, why.__cause__)
    return answer(request, Refused("unreadable", _("请求看不懂，请检查格式。"), status=why.status_code))


def _told(status: int, code: str, text: Callable[[], str]) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda request, why: answer(request, Refused(code, text(), status=status))


api.add_exception_handler(Http404, lambda request, why: answer(request, Absent()))
api.add_exception_handler(PermissionDenied, _told(403, "no-permission", lambda: _("您的岗位没有这项权限。")))
api.add_exception_handler(RequestDataTooBig, _told(413, "too-large", lambda: _("内容太大，没有收下。")))
api.add_exception_handler(TooManyFilesSent, _told(413, "too-large", lambda: _("一次发送的文件太多，没有收下。")))
api.add_exception_handler(MultiPartParserError, _told(400, "unreadable", lambda: _("请求看不懂，请检查格式。")))
api.add_exception_handler(SuspiciousOperation, _told(400, "unreadable", lambda: _("请求看不懂，请检查格式。")))
