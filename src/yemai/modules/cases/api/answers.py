"""What the API gives, answer by answer; times are RFC 3339 in UTC."""

from datetime import date, datetime
from uuid import UUID

from ninja import Schema

from ..terms import (
    Lamp,
    LocateFlag,
    Moment,
    Outcome,
    Priority,
    RejectReason,
    RequestKind,
    Rung,
    Source,
    Stage,
    Verb,
)


class Named(Schema):
    """Something by its id and name."""

    id: int
    name: str


class Place(Schema):
    """A node by its code and name."""

    code: str
    name: str


class Kind(Schema):
    """A class of the catalogue."""

    id: int
    code: str
    name: str


# --- for everybody ---------------------------------------------------------------------------------------------------


class PhotoOut(Schema):
    """A stored photo; its id goes into a report or a step within a day."""

    id: UUID
    width: int
    height: int


class ToldOut(Schema):
    """One public row of a story, in plain words."""

    at: datetime
    words: str
    text: str


class OwnPhoto(Schema):
    """A photo of one's own report."""

    id: int
    moment: Moment
    url: str


class ReportOut(Schema):
    """How a report is getting on, as its reporter reads it."""

    tracking_code: str
    progress: str
    place: str
    reported_at: datetime
    due_at: datetime | None
    is_ended: bool
    is_own: bool
    score: int | None
    can: list[Verb]
    story: list[ToldOut]
    photos: list[OwnPhoto]


class OwnReport(Schema):
    """A report this phone sent or follows."""

    tracking_code: str
    progress: str
    reported_at: datetime
    is_ended: bool


class ScoreAsked(Schema):
    """What a score link asks about."""

    category: str
    place: str
    progress: str
    reported_at: datetime
    labels: dict[str, str]


class Scored(Schema):
    """A score that counted."""

    score: int
    asks_reopen: bool


class MemberOut(Schema):
    """Somebody in a team, as the board shows them; absent, with who stands in."""

    name: str
    posts: list[str]
    duties: list[str]
    phone: str
    is_absent: bool
    deputy: str | None


class BoardLine(Schema):
    """A case on the public board: no words, names or exact place of a resident."""

    category: str
    stage: Stage
    outcome: str
    reported_at: datetime
    closed_at: datetime | None
    score: int | None


class BoardOut(Schema):
    """A node's public board: who, what ground, and the figures of 90 days (solved is counted by outcome, not closing)."""

    node: Place
    parent: Place | None
    public_text: str
    households: int
    heads: list[MemberOut]
    teams: dict[str, list[MemberOut]]
    children: list[Place]
    open: int
    closed: int
    solved: int
    scored: int
    content: int
    open_cases: list[BoardLine]
    solved_cases: list[BoardLine]


class BoardName(Place):
    """A node that has a board."""

    tier: str
    parent: str | None


class ConditionOut(Schema):
    """A filing condition with its limit (2UH, 4WH, 3WD, 7ND) and closing condition."""

    id: int
    text: str
    priority: Priority
    limit: str
    closing: str


class CategoryOut(Kind):
    """A class of the catalogue in force."""

    major: str
    description: str
    conditions: list[ConditionOut]


class ProposalOut(Schema):
    """A likely class and the words that spoke for it; a person decides."""

    category: Kind
    said: list[str]
    confidence: float | None
    """0 to 1, calibrated; null where only the class's own keywords spoke."""


class FoundOut(Schema):
    """A place the words may mean; below 0.6 nobody should take it unasked."""

    node: Place
    building: Named | None
    words: str
    confidence: float


class LocatedOut(Schema):
    """The micro-grid a point lies in; null outside every one, and a flag where a person must decide."""

    node: Place | None
    flag: LocateFlag


class AlikeOut(Schema):
    """A likely duplicate: follow it instead of reporting again."""

    tracking_code: str
    category: str
    progress: str
    reported_at: datetime


# --- for those who work on cases -------------------------------------------------------------------------------------


class CaseRow(Schema):
    """A case in a list: nothing of its reporter."""

    id: int
    number: str | None
    tracking_code: str
    headline: str
    stage: Stage
    rung: Rung
    lamp: Lamp
    priority: Priority
    outcome: Outcome | None
    source: Source
    category: Kind | None
    node: Place
    place_text: str
    lon: float | None
    lat: float | None
    handler: Named | None
    lead_department: Named | None
    reported_at: datetime
    due_at: datetime | None
    clock_due_at: datetime | None
    is_supervised: bool
    returns: int
    score: int | None
    version: int


class CasePage(Schema):
    """A page of cases; `next` is the cursor of the page after it, null at the end."""

    items: list[CaseRow]
    next: str | None


class StepOffered(Schema):
    """A step that is open now, with the fields it demands and those it takes besides."""

    verb: Verb
    label: str
    demands: list[str]
    takes: list[str]


class StoryRow(Schema):
    """One row of the story; each hash covers the row and the hash before it."""

    seq: int
    verb: Verb
    actor: str
    at: datetime
    from_stage: Stage | None
    to_stage: Stage
    words: str
    text: str
    is_public: bool
    hash: str


class CasePhotoOut(OwnPhoto):
    """A photo of a case; `seq` is the row of the story it came with."""

    seq: int
    is_public: bool


class AssignmentOut(Schema):
    """A unit's part: lead or joint."""

    department: Named
    role: str
    state: str
    is_final: bool
    assigned_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    text: str


class RequestOut(Schema):
    """A request that another person decides; `is_approved` is null while it is open."""

    kind: RequestKind
    asked_by: str | None
    asked_at: datetime
    reason: str
    review_on: date | None
    is_approved: bool | None
    decided_at: datetime | None


class ConsultationOut(Schema):
    """A consultation of the three teams, with its decision once there is one."""

    called_by: str
    called_at: datetime
    topic: str
    invited: list[str]
    present: list[str]
    decision: str
    due_on: date | None
    decided_at: datetime | None


class ReporterOut(Schema):
    """Who reported: shown on request, to those whose task it is; every look is recorded."""

    name: str
    phone: str


class CaseOut(CaseRow):
    """One case, what may be done to it now, and everything that was."""

    title: str
    text: str
    happened_at: datetime | None
    building: Named | None
    locate_flag: LocateFlag
    condition: ConditionOut | None
    verifier: Named | None
    main_case: int | None
    merged: list[int]
    reject_reason: RejectReason | None
    limit: str
    extensions: int
    review_on: date | None
    reworks: int
    reopens: int
    reminders: int
    can: list[Verb]
    steps: list[StepOffered]
    story: list[StoryRow]
    photos: list[CasePhotoOut]
    assignments: list[AssignmentOut]
    requests: list[RequestOut]
    consultations: list[ConsultationOut]
    may_see_reporter: bool
    reporter: ReporterOut | None


class StepTaken(Schema):
    """Where a case stands; `score_token` only from invite_score, shown once: its page is /s/{score_token}/."""

    id: int
    number: str | None
    tracking_code: str
    stage: Stage
    version: int
    due_at: datetime | None
    score_token: str | None = None


class QueueOut(Schema):
    """A work queue and how much is in it."""

    name: str
    title: str
    count: int


class ProposedOut(Named):
    """Somebody or a unit proposed, with the reasons; `note` says what speaks against it, "" for nothing."""

    reasons: list[str]
    note: str


class Candidates(Schema):
    """Whom a step on this case may name, and who is proposed first and why; a person decides."""

    people: list[Named]
    departments: list[Named]
    proposed_people: list[ProposedOut]
    proposed_departments: list[ProposedOut]


class NodeOut(Place):
    """A node of the ground and what lies below it."""

    id: int
    tier: str
    kind: str
    households: int
    is_settling: bool
    children: list["NodeOut"]


class DepartmentOut(Named):
    """A unit cases may be sent to."""

    code: str
    kind: str
    node: str | None


class TeamsOut(Schema):
    """The heads and the three teams of a node."""

    node: Place
    heads: list[MemberOut]
    teams: dict[str, list[MemberOut]]


class PostOut(Schema):
    """A post one holds."""

    post: str
    node: str | None
    department: str | None


class MeOut(Schema):
    """Who calls and what they may do."""

    id: int
    username: str
    name: str
    permissions: list[str]
    posts: list[PostOut]
    scopes: list[str] | None


class MessageOut(Schema):
    """A message of one's box."""

    id: int
    event: str
    title: str
    text: str
    url: str
    created_at: datetime
    read_at: datetime | None


class MessagePage(Schema):
    """A page of messages, the newest first."""

    items: list[MessageOut]
    next: str | None


NodeOut.model_rebuild()
