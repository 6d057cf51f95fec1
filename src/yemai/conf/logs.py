"""Log lines without personal data: which route was asked, how it ended, how long it took."""

import json
import logging as python_logging
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

# Extras that may stand in a line. Anything else a library adds (request, user, sql, params) is left out.
FIELDS = ("event", "method", "route", "status", "milliseconds", "job", "code", "count", "signal", "process")


class Line(python_logging.Formatter):
    """One line of `time level logger message key=value…`, or one JSON object when `as_json`."""

    def __init__(self, *, as_json: bool = False) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: python_logging.LogRecord) -> str:
        """The line. Of an exception it keeps kind and place, not its text, which may quote what people wrote."""
        at = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        body: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        # Django's own request loggers put the whole address, with its tokens, into the message.
        body["message"] = record.levelname.lower() if record.name.startswith("django.request") else record.getMessage()
        body |= {field: getattr(record, field) for field in FIELDS if getattr(record, field, None) is not None}
        if record.name.startswith("django.request") and (request := getattr(record, "request", None)):
            body["route"] = route_of(request)
            body["status"] = getattr(record, "status_code", None)
        if record.exc_info and record.exc_info[0]:
            body["exception"] = f"{record.exc_info[0].__module__}.{record.exc_info[0].__qualname__}"
            frames = traceback.extract_tb(record.exc_info[2])
            body["at_lines"] = [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}" for frame in frames]
        if self.as_json:
            return json.dumps(body, ensure_ascii=False, default=str)
        head = f"{body.pop('at')} {body.pop('level')} {body.pop('logger')} {body.pop('message')}"
        return " ".join([head, *(f"{key}={value}" for key, value in body.items())])


class RequestLog:
    """Middleware: one line per request, by route pattern, because addresses carry tracking codes and tokens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = python_logging.getLogger("yemai.requests")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = self.get_response(request)
        if self.log.isEnabledFor(python_logging.INFO):
            fields = {
                "method": request.method,
                "route": route_of(request),
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - start) * 1000, 1),
            }
            self.log.info("served", extra=fields)
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern a request matched, or a dash: never its address."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "-"


def logging(*, as_json: bool, requests: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to standard error, where the supervisor, systemd or a container keeps it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "yemai.conf.logs.Line", "as_json": as_json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "yemai": {"level": "INFO"},
            "yemai.requests": {"level": "INFO" if requests else "WARNING"},
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
