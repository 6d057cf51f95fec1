"""Two answers for whoever watches the processes: is this one alive, and can it serve."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from yemai.base.access.doors import public
from yemai.conf import tables


@public
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all; touches nothing."""
    return HttpResponse("ok", content_type="text/plain")


@public
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and its tables are those of this version; else 503 and which part is missing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        behind = _migrations_behind()
    except DatabaseError:
        return JsonResponse({"ready": False, "database": "unreachable"}, status=503)
    if behind:
        return JsonResponse({"ready": False, "migrations_pending": behind}, status=503)
    return JsonResponse({"ready": True})


def _migrations_behind() -> int:
    """How many changes the tables lack, asked until it is nought and not again: a served database never goes back."""
    if not _seen:
        behind = len(tables.pending())
        if behind:
            return behind
        _seen.append(True)
    return 0


_seen: list[bool] = []
