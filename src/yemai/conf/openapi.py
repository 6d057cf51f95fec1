"""What the OpenAPI document says beyond fields: who may call, every refusal, headers, and examples."""

import json
from typing import Any

from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from yemai.base.tokens.guards import Guard
from yemai.base.tokens.limits import DEVICE_COOKIE
from yemai.conf.refusals import PROBLEM_TYPE

ABOUT = """Neighbourhood governance by micro-grids: everything a page does.

Errors are problem documents (RFC 9457) with a stable `code`; `fields` names what to mend. Texts follow Accept-Language
(zh-hans, en). Times are RFC 3339. 422 means that a request does not fit this description; 409 that it was understood and
refused. An unknown address is 404, a method that an address does not know 405 with `Allow`; both are problem documents
too."""
TAGS = {
    "residents": "Reports, followed without an account: by tracking code, by the device's cookie, by a one-time link",
    "town": "What everybody may know: boards, catalogue, places",
    "work": "Cases, steps and queues, within one's reach",
    "desk": "The ground, units, teams, messages, oneself",
    "tokens": "Keys for machines",
}
MEANINGS = {
    304: "not changed since the ETag in If-None-Match",
    400: "can't be read: no JSON, a form cut short, or an address with a NUL in it",
    401: "nobody is signed in, or the token is not in force",
    403: "not permitted: to this person, this token, or without the CSRF token",
    404: "not there, or not to be seen",
    406: "none of the types in Accept is given here",
    409: "understood and refused; the text says why and what to do",
    410: "a link that was used or has expired",
    412: "the case has moved on since the version in If-Match",
    413: "too large",
    415: "a kind of content that is not taken",
    422: "does not fit this description; `fields` names what",
    429: "too often; Retry-After says when",
    507: "no room left on the server",
}
EXAMPLES = {
    409: ("wrong-stage", "这件事现在是“待核查”，不能“接办”。请看最新进展。", None),
    412: ("stale", "您看到的是旧内容，这件事刚刚有了新进展。", None),
    422: ("invalid", "有些内容填得不对，请按提示修改。", {"lon": "不大于 180"}),
    429: ("too-often", "请求太频繁，请稍后再试；这一次没有收下。", None),
}
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A person's token: ym_…"},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A signed-in page's session"},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "Needed with a session to write"},
    "device": {
        "type": "apiKey",
        "in": "cookie",
        "name": DEVICE_COOKIE,
        "description": "A random token of the resident's device, given with the first report; it stands for the reporter",
    },
}
TEXT = {"schema": {"type": "string"}}
HEADERS = {
    "ETag": {**TEXT, "description": "of this answer; for If-None-Match"},
    "Link": {**TEXT, "description": 'the page after this one, rel="next" (RFC 8288); none at the end'},
    "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True, "description": "seconds"},
    "WWW-Authenticate": {**TEXT, "required": True},
    "Set-Cookie": {**TEXT, "description": f"{DEVICE_COOKIE}, for a device that had none"},
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the answer one has; 304 when it is still so.",
}


class Problem(Schema):
    """A problem document (RFC 9457): what happened, in words for people, with a stable `code` for machines."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    fields: dict[str, str] = {}


def complete(schema: OpenAPISchema, api: NinjaAPI) -> OpenAPISchema:
    """The framework's document, made whole."""
    operations = {api.get_openapi_operation_id(one): one for one in operations_of(api)}
    parts = schema.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = SECURITY
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    schema.pop("servers", None)
    for methods in schema["paths"].values():
        for method, described in methods.items():
            _complete(described, operations[described["operationId"]], method)
    whole: dict[str, Any] = json.loads(json.dumps(schema))  # shared pieces become their own
    schema.clear()
    schema.update(whole)
    return schema


def operations_of(api: NinjaAPI) -> list[Operation]:
    """Every operation of the API."""
    return [
        operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    ]


def guard_of(operation: Operation) -> Guard:
    """The guard that declares an operation's access. Raises TypeError for one that declares none."""
    guards = [one for one in operation.auth_callbacks if isinstance(one, Guard)]
    if len(guards) != 1 or len(operation.auth_callbacks) != 1:
        raise TypeError(f"{operation.view_func.__qualname__} says not who may call it: give it one Guard")
    return guards[0]


def refusals_of(operation: Operation, method: str) -> list[int]:
    """The statuses with which an operation may refuse: by its guard, its parameters, its body, and by itself."""
    guard = guard_of(operation)
    sources = {model.__ninja_param_source__ for model in operation.models}
    found = {401, 406, *guard.refuses}
    if not guard.is_public:
        found.add(403)
    elif method != "get":
        found |= {403, 429}
    if "path" in sources:
        found.add(404)
    if sources & {"query", "header"}:
        found.add(422)
    if "query" in sources:
        found.add(400)
    if sources & {"body", "file"}:
        found |= {400, 413, 415, 422}
    return sorted(found)


def _complete(described: dict[str, Any], operation: Operation, method: str) -> None:
    guard, responses = guard_of(operation), described["responses"]
    for parameter in described["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
    done = next(iter(responses.values()))
    done["description"] = "done" if method != "get" else "found"
    if method == "get":
        done["headers"] = {"ETag": HEADERS["ETag"]}
        if any(parameter["name"] == "after" for parameter in described["parameters"]):
            done["headers"]["Link"] = HEADERS["Link"]
        responses[304] = {"description": MEANINGS[304]}
        described["parameters"].append(IF_NONE_MATCH)
        if guard.gives != "application/json":
            done["content"] = {guard.gives: {"schema": {"type": "string", "format": "binary"}}}
    elif guard.is_public:
        done["headers"] = {"Set-Cookie": HEADERS["Set-Cookie"]}
    for status in refusals_of(operation, method):
        responses[status] = _refusal(status)
    described["security"] = _security(guard, method)
    described["description"] = f"{described.get('description', '')}\n\nAccess: {_access(guard)}.".strip()
    form = described.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if form:
        form["encoding"] = {"file": {"contentType": "image/jpeg, image/png, image/webp"}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """In an address or a header nothing is said by leaving it out: "null" would be a word."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf" and (name, value) != ("default", None)}
    return {**kinds[0], **rest} if len(kinds) == 1 else rest if "anyOf" not in schema else {**rest, "anyOf": kinds}


def _refusal(status: int) -> dict[str, Any]:
    body: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status in EXAMPLES:
        code, title, fields = EXAMPLES[status]
        body["example"] = {
            "type": f"urn:yemai:refused:{code}",
            "title": title,
            "status": status,
            "code": code,
            "instance": "/api/v1/…",
            **({"fields": fields} if fields else {}),
        }
    headers = {401: "WWW-Authenticate", 429: "Retry-After"}
    named = {"headers": {headers[status]: HEADERS[headers[status]]}} if status in headers else {}
    return {"description": MEANINGS[status], "content": {PROBLEM_TYPE: body}, **named}


def _security(guard: Guard, method: str) -> list[dict[str, list[str]]]:
    session: dict[str, list[str]] = {"session": []} if method == "get" else {"session": [], "csrf": []}
    own: list[dict[str, list[str]]] = [session] if guard.session_only else [{"bearer": []}, session]
    return [{}, {"device": []}, *own] if guard.is_public else own


def _access(guard: Guard) -> str:
    who = {"public": "everybody", "signed-in": "whoever is signed in"}.get(guard.access.door.value)
    held = " or ".join(f"`{one}`" for one in sorted(guard.access.permissions))
    return f"{who or f'whoever holds {held}'}; of tokens those with the scope `{guard.scope}`"
