"""What stands around the cases: the ground, units, teams, one's messages, oneself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Status

from yemai.base.access.queries import may, permissions_of, reach
from yemai.base.access.terms import Permission
from yemai.base.messages.actions import mark_read
from yemai.base.messages.queries import box
from yemai.base.people.models import Department
from yemai.base.people.queries import appointments_of, heads_of, team_of
from yemai.base.territory.queries import nodes_in
from yemai.base.tokens.guards import SIGNED_IN, Guard, caller_of, needing, person_of
from yemai.base.tokens.terms import Scope
from yemai.kernel.refusals import Absent, Refused

from ..views.paging import is_cursor, keyset
from . import shown
from .answers import DepartmentOut, MeOut, MessagePage, NodeOut, TeamsOut
from .fields import Cursor, NodeCode, PathId, Size, Switch, is_on
from .town import open_node

router = Router(tags=["desk"])


@router.get(
    "/territory",
    response=list[NodeOut],
    auth=Guard(needing(Permission.CASE_VIEW, Permission.TERRITORY_EDIT, Permission.PERSON_VIEW)),
    summary="The ground in one's reach, as a tree",
)
def list_territory(request: HttpRequest) -> Any:
    """The nodes in force; whoever reaches several parts gets several trees."""
    person = person_of(request)
    wanted = (Permission.CASE_VIEW, Permission.TERRITORY_EDIT, Permission.PERSON_VIEW)
    paths = [path for permission in wanted for path in reach(person, permission).paths]
    return shown.node_tree(list(nodes_in(paths)))


@router.get("/departments", response=list[DepartmentOut], auth=Guard(SIGNED_IN), summary="Units cases may be sent to")
def list_departments(request: HttpRequest) -> Any:
    """Those in use."""
    units = Department.objects.filter(is_active=True).select_related("node").defer("node__boundary").order_by("code")
    return [
        {"id": u.pk, "code": u.code, "name": u.name, "kind": u.kind, "node": u.node.code if u.node else None}
        for u in units
    ]


@router.get(
    "/teams/{node_code}", response=TeamsOut, auth=Guard(SIGNED_IN), summary="The heads and the three teams of a node"
)
def get_team(request: HttpRequest, node_code: NodeCode) -> Any:
    """On one's own ground; whoever is away stands there with their deputy."""
    node, person = open_node(node_code), person_of(request)
    if not any(may(person, one, node.path) for one in (Permission.CASE_VIEW, Permission.PERSON_VIEW)):
        raise Absent()
    return {
        "node": shown.place(node),
        "heads": [shown.member(one) for one in heads_of(node)],
        "teams": shown.members(team_of(node)),
    }


@router.get("/me", response=MeOut, auth=Guard(SIGNED_IN), summary="Who I am and what I may do")
def get_me(request: HttpRequest) -> Any:
    """Permissions by name, posts with their ground; `scopes` are those of the token, null in a session."""
    person, token = person_of(request), caller_of(request).token
    return {
        "id": person.pk,
        "username": person.username,
        "name": person.name,
        "permissions": sorted(permission.value for permission in permissions_of(person)),
        "posts": [
            {
                "post": row.post_kind.name,
                "node": row.node.code if row.node else None,
                "department": row.department.name if row.department else None,
            }
            for row in appointments_of(person)
        ],
        "scopes": token.scopes if token else None,
    }


@router.get("/messages", response=MessagePage, auth=Guard(SIGNED_IN, refuses=(404,)), summary="One's messages")
def list_messages(
    request: HttpRequest, response: HttpResponse, unread: Switch = "false", after: Cursor = "", limit: Size = 50
) -> Any:
    """The newest first."""
    rows, keys = box(person_of(request)), ("-id",)
    if is_on(unread):
        rows = rows.filter(read_at__isnull=True)
    if after and not is_cursor(after, keys):
        raise Refused("no-such-page", _("没有这一页，请从第一页重新开始。"), status=404)
    items, following = keyset(rows, after, keys, limit)
    if following:
        response["Link"] = shown.next_link(request, following)
    same = ("event", "title", "text", "url", "created_at", "read_at")
    return {
        "items": [{"id": one.pk, **{name: getattr(one, name) for name in same}} for one in items],
        "next": following or None,
    }


@router.post(
    "/messages/{message_id}/read",
    response={204: None},
    auth=Guard(SIGNED_IN, scope=Scope.WRITE),
    summary="Mark a message as read",
)
def read_message(request: HttpRequest, message_id: PathId) -> Status[None]:
    """Twice is once."""
    mark_read(message_id, actor=person_of(request), now=timezone.now())
    return Status(204, None)
