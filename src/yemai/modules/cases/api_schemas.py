"""What the API takes and gives: field by field, so that the OpenAPI document says all there is to know."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema

from .terms import TEXT_MAX, Outcome, Priority, RejectReason, RequestKind, ReturnReason


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("give an offset, such as +08:00")
    return text


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _whole(value: object) -> object:
    """JSON knows one kind of number: 4.0 is an integer too; "4" and true are not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise ValueError("give a whole number")
    return int(value)


def _clean(text: str) -> str:
    """Without the characters no database stores: NUL and halves of surrogate pairs."""
    return "".join(ch for ch in text if ch != "\0" and not 0xD800 <= ord(ch) <= 0xDFFF)


Words = Annotated[str, Field(max_length=TEXT_MAX), AfterValidator(_clean)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_clean)]
Id = Annotated[int, Field(ge=1, le=2**53), BeforeValidator(_whole)]
Moment = Annotated[str, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Lon = Annotated[float, Field(ge=-180, le=180, strict=True, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, strict=True, allow_inf_nan=False)]


class Closed(Schema):
    """A body that takes the fields it names and no others."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """A problem document (RFC 9457): what happened, in words for people, with a stable `code`."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    fields: dict[str, str] | None = None


class PhotoOut(Schema):
    """A stored photo; its id goes into a report or a step within a day."""

    id: UUID
    width: int
    height: int


class ReportIn(Closed):
    """A report. Text or at least one photo; a place in any form, or none."""

    text: Words = ""
    title: Annotated[str, Field(max_length=120), AfterValidator(_clean)] = ""
    place_text: Line = ""
    lon: Lon | None = None
    lat: Lat | None = None
    crs: Annotated[str, Field(pattern="^(WGS84|GCJ02|BD09|CGCS2000)$")] = "WGS84"
    door: Annotated[str, Field(max_length=80), AfterValidator(_clean)] = ""
    photos: Annotated[list[UUID], Field(max_length=6)] = []
    name: Annotated[str, Field(max_length=60), AfterValidator(_clean)] = ""
    phone: Annotated[str, Field(max_length=30), AfterValidator(_clean)] = ""
    happened_at: Moment | None = None
    client_key: UUID | None = None


class StaffReportIn(ReportIn):
    """A report written down for somebody, or found on the round."""

    source: Annotated[str, Field(pattern="^(field|call|visit|api)$")] = "field"
    category: Id | None = None


class ReportOut(Schema):
    """What a resident gets back and sees later."""

    tracking_code: str
    progress: str
    place: str
    reported_at: datetime
    due_at: datetime | None
    is_ended: bool
    score: int | None
    can: list[str]
    story: list["ToldOut"]


class ToldOut(Schema):
    """One public row of a story, in plain words."""

    at: datetime
    words: str
    text: str


class ResidentStepIn(Closed):
    """What a resident may say with a step on their own report."""

    text: Words = ""
    place_text: Line = ""
    score: Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)] | None = None
    client_key: UUID | None = None


class FollowIn(Closed):
    """Follow somebody's case."""

    phone: Annotated[str, Field(max_length=30), AfterValidator(_clean)] = ""


class ScoreIn(Closed):
    """A score by a one-time link."""

    score: Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)]
    text: Words = ""


class StepIn(Closed):
    """Every field a verb may demand or take (see docs/closed-loop.md); `version` refuses a stale form."""

    text: Words = ""
    answer: Words = ""
    outcome: Outcome | None = None
    reject_reason: RejectReason | None = None
    return_reason: ReturnReason | None = None
    request: RequestKind | None = None
    is_true: StrictBool | None = None
    is_public: StrictBool = False
    person: Id | None = None
    people: Annotated[list[Id], Field(max_length=200)] = []
    department: Id | None = None
    joint: Annotated[list[Id], Field(max_length=50)] = []
    category: Id | None = None
    condition: Id | None = None
    priority: Priority | None = None
    main_case: Id | None = None
    due_on: Day | None = None
    review_on: Day | None = None
    node: Id | None = None
    place_text: Line = ""
    lon: Lon | None = None
    lat: Lat | None = None
    photos: Annotated[list[UUID], Field(max_length=6)] = []
    photos_before: Annotated[list[UUID], Field(max_length=6)] = []
    version: Annotated[int, Field(ge=0, le=2**31), BeforeValidator(_whole)] | None = None
    client_key: UUID | None = None


class CaseOut(Schema):
    """A case in a list: nothing personal."""

    id: int
    number: str | None
    tracking_code: str
    headline: str
    stage: str
    rung: str
    lamp: str
    priority: str
    outcome: str
    category: str | None
    node: str
    place_text: str
    lon: float | None
    lat: float | None
    handler: str | None
    lead_department: str | None
    reported_at: datetime
    due_at: datetime | None
    clock_due_at: datetime | None
    score: int | None
    version: int


class CasePageOut(Schema):
    """A page of cases; `next` is the cursor of the following one, "" at the end."""

    items: list[CaseOut]
    next: str


class StoryRowOut(Schema):
    """One row of a story."""

    seq: int
    verb: str
    actor: str
    at: datetime
    from_stage: str
    to_stage: str
    text: str
    is_public: bool
    hash: str


class CaseDetailOut(CaseOut):
    """One case with what may be done to it now."""

    text: str
    source: str
    can: list[str]
    story: list[StoryRowOut]
    photos: list[dict[str, Any]]
    assignments: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    main_case: int | None
    reporter: dict[str, str] | None = None


class StepOut(Schema):
    """Where a case stands after a step; `score_token` only from invite_score."""

    id: int
    stage: str
    version: int
    number: str | None
    due_at: datetime | None
    score_token: str = ""


class CategoryOut(Schema):
    """A class of the catalogue in force."""

    id: int
    code: str
    name: str
    major: str
    description: str
    conditions: list["ConditionOut"]


class ConditionOut(Schema):
    """A filing condition with its limit and closing condition."""

    id: int
    text: str
    priority: str
    limit: str
    closing: str


class ProposalOut(Schema):
    """A proposed class and the words that spoke for it."""

    category: int
    name: str
    said: list[str]


class PlaceOut(Schema):
    """A place the words or the point may mean."""

    node: str
    node_name: str
    building: str | None
    words: str
    confidence: float
    flag: str


class NodeOut(Schema):
    """A node of the ground."""

    id: int
    code: str
    name: str
    tier: str
    parent: str | None
    households: int


class BoardOut(Schema):
    """A node's public board, without anything personal of residents."""

    node: NodeOut
    text: str
    teams: dict[str, list[dict[str, Any]]]
    open: int
    closed: int
    solved: int
    scored: int
    content: int


class AlikeOut(Schema):
    """A likely duplicate: follow it instead of reporting again."""

    tracking_code: str
    category: str | None
    progress: str
    reported_at: datetime


class QueueOut(Schema):
    """A work queue and how much is in it."""

    name: str
    title: str
    count: int


class CandidatesOut(Schema):
    """Whom a step on this case may name."""

    people: list[dict[str, Any]]
    departments: list[dict[str, Any]]


class MeOut(Schema):
    """The signed-in person."""

    username: str
    name: str
    permissions: list[str]
    posts: list[dict[str, Any]]


class MessageOut(Schema):
    """A message of one's box."""

    id: int
    event: str
    title: str
    text: str
    url: str
    created_at: datetime
    is_read: bool


ReportOut.model_rebuild()
CategoryOut.model_rebuild()
