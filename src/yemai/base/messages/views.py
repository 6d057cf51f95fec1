"""Pages of the message box, the bell, and the failures for those who tend the outbox."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from yemai.base.access.doors import needs, signed_in
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person

from . import actions, queries

CHANGED = "messages-changed"  # what the bell listens to


@signed_in
@require_GET
def message_list(request: HttpRequest) -> HttpResponse:
    """The box, newest first; `?unread=1` for the unread alone, `?before=ID` for the page after; rows alone for htmx."""
    actor = _actor(request)
    unread_only = request.GET.get("unread") == "1"
    page = queries.box_page(actor, before=_key(request), unread_only=unread_only)
    shown = {"page": page, "unread_only": unread_only, "count": queries.unread_count(actor)}
    return render(request, "messages/_rows.html" if _is_part(request) else "messages/list.html", shown)


@signed_in
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its count, a fragment fetched by htmx."""
    answer = render(request, "messages/_bell.html", {"count": queries.unread_count(_actor(request))})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@signed_in
@require_POST
def open_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Mark as read; then go where the message points, or (htmx, `stay`) show the row as read."""
    message = actions.mark_read(message_id, actor=_actor(request), now=timezone.now())
    if _is_part(request):
        answer = render(request, "messages/_row.html", {"message": message})
        answer.headers["HX-Trigger"] = CHANGED
        return answer
    return redirect(message.url or "messages:list")


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything up to the newest message that was on the screen as read."""
    newest = request.POST.get("up_to", "")
    if newest.isdecimal() and len(newest) < 19:
        actions.mark_all_read(actor=_actor(request), up_to=int(newest), now=timezone.now())
    return redirect("messages:list")


@needs(Permission.MESSAGE_EDIT)
@require_GET
def failure_list(request: HttpRequest) -> HttpResponse:
    """What could not be sent on the ground the actor tends; addresses are not shown."""
    page = queries.failures_page(_actor(request), before=_key(request))
    return render(request, "messages/failures.html", {"page": page})


@needs(Permission.MESSAGE_EDIT)
@require_POST
def retry_failure(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Send one failed message again."""
    actions.try_again(message_id, actor=_actor(request), now=timezone.now())
    return redirect("messages:failures")


def _actor(request: HttpRequest) -> Person:
    """The person behind the request; the doors let nobody else in."""
    assert isinstance(request.user, Person)  # noqa: S101 - narrows the type; the door has checked
    return request.user


def _is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment."""
    return bool(getattr(request, "htmx", False)) and not getattr(request.htmx, "boosted", False)  # type: ignore[attr-defined]  # set by middleware


def _key(request: HttpRequest) -> int | None:
    """The keyset of `?before=`; nonsense means the first page."""
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
