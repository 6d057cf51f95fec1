"""What the API takes, body by body."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from yemai.kernel.coordinates import Crs

from ..terms import PHOTOS_MAX, Outcome, Priority, RejectReason, RequestKind, ReturnReason
from .fields import Day, DoorToken, Id, Lat, Line, Lon, Moment, Name, Phone, ScoreValue, Taken, Title, Version, Words

Photos = Annotated[list[UUID], Field(max_length=PHOTOS_MAX, description="ids of stored photos, each used once")]
ClientKey = Annotated[UUID | None, Field(description="stands in for the Idempotency-Key header")]


class ReportIn(Taken):
    """A report: words or a photo; a place as a point, in words, by a door's QR, or none at all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "3栋楼下垃圾没人收", "place_text": "丽发新城3栋", "lon": 120.601, "lat": 31.301}]
        },
    )

    text: Words = ""
    title: Title = ""
    place_text: Line = ""
    lon: Lon | None = None
    lat: Lat | None = None
    crs: Annotated[Crs, Field(description="of lon and lat; degrees")] = Crs.WGS84
    door: Annotated[DoorToken, Field(description="what a door's QR holds after /d/")] = ""
    photos: Photos = []
    name: Annotated[Name, Field(description="kept sealed")] = ""
    phone: Annotated[Phone, Field(description="kept sealed; progress is told to it")] = ""
    happened_at: Moment | None = None
    client_key: ClientKey = None


class StaffReportIn(ReportIn):
    """A report written down for somebody (`call`, `visit`), found on the round (`field`), or sent by a machine (`api`)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"source": "call", "text": "路灯不亮", "place_text": "丽发新城3栋"}]},
    )

    source: Literal["field", "call", "visit", "api"] = "field"
    category: Id | None = None
    node: Annotated[Id | None, Field(description="the id of the node it lies in, where the sender knows better")] = None


class ResidentStepIn(Taken):
    """What a resident says with a step on a report."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "今天又堆满了"}, {"score": 5}]})

    text: Words = ""
    place_text: Annotated[Line, Field(description="for `correct`")] = ""
    score: Annotated[ScoreValue | None, Field(description="for `score`: 5 very content, 1 not at all")] = None
    client_key: ClientKey = None


class FollowIn(Taken):
    """Follow somebody's case; with a phone number, news of it is sent there."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"phone": "13800000000"}]})

    phone: Annotated[Phone, Field(description="kept sealed")] = ""


class ScoreIn(Taken):
    """A score by a one-time link: 5 very content, 1 not at all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"score": 4, "text": "清得很干净"}]})

    score: ScoreValue
    text: Words = ""


class StepIn(Taken):
    """What a step says. Every field is optional here; `steps` of the case tells which a verb demands and which it takes.

    Ids are those of `/candidates`, `/departments`, `/categories` and `/territory`.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "已清运，地面冲洗过", "outcome": "solved", "version": 2}]},
    )

    text: Words = ""
    answer: Annotated[Words, Field(description="what the reporter reads")] = ""
    outcome: Outcome | None = None
    reject_reason: RejectReason | None = None
    return_reason: ReturnReason | None = None
    request: Annotated[RequestKind | None, Field(description="which request is declined")] = None
    is_true: StrictBool | None = None
    is_public: Annotated[StrictBool, Field(description="a comment the reporter reads too")] = False
    person: Id | None = None
    people: Annotated[list[Id], Field(max_length=200)] = []
    department: Annotated[Id | None, Field(description="the lead unit (主办)")] = None
    joint: Annotated[list[Id], Field(max_length=50, description="joint units (协办)")] = []
    category: Id | None = None
    condition: Annotated[Id | None, Field(description="a filing condition of the category; decides the limit")] = None
    priority: Priority | None = None
    main_case: Id | None = None
    score: ScoreValue | None = None
    due_on: Day | None = None
    review_on: Day | None = None
    node: Id | None = None
    place_text: Line = ""
    lon: Annotated[Lon | None, Field(description="WGS-84 degrees")] = None
    lat: Lat | None = None
    photos: Photos = []
    photos_before: Photos = []
    version: Annotated[Version | None, Field(description="the version the sender saw; 409 when it moved on")] = None
    client_key: ClientKey = None
