"""Buildings from a file to the address book: read, judged, written, for a page or for the command line."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db.models import Model

from yemai.base.territory.actions.housing import Housed, HousingDraft, house

from ..importing import crs_named
from .judging import Judged, Row, Say, judge
from .reading import Source, read_buildings


@dataclass(frozen=True)
class WantedBuildings:
    """What is asked: reference system ("" is what the file says), sheet or layer, field -> title of its column."""

    crs: str = ""
    layer: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """A file read and judged, nothing written."""

    source: Source
    judged: Judged
    crs: str

    @property
    def counts(self) -> Counter[str]:
        """How many findings of each doubt."""
        return Counter(finding.doubt.value for finding in self.judged.findings)

    @property
    def new(self) -> int:
        """How many buildings would be new."""
        return sum(row.old is None for row in self.judged.sound)


def look(path: Path, wanted: WantedBuildings, accepted: Collection[str] = (), *, say: Say | None = None) -> Looked:
    """Read and judge a file. Raises Refused for a file, column, sheet or reference system that is not understood."""
    source = read_buildings(path, layer=wanted.layer or None, columns=wanted.columns)
    crs = crs_named(wanted.crs or source.crs)
    return Looked(source, judge(source, crs, accepted, say=say), crs)


def write(looked: Looked, *, actor: Model | None, now: datetime, source: str) -> Housed:
    """Write what is sound, all or nothing. Raises Refused `ground-changed`."""
    drafts = [_draft(row) for row in looked.judged.sound]
    return house(drafts, actor=actor, now=now, source=source) if drafts else Housed(0, 0, 0, 0, 0)


def _draft(row: Row) -> HousingDraft:
    assert row.grid is not None  # noqa: S101 - a row without one is barred
    return HousingDraft(
        node=row.grid.pk, name=row.name, estate=row.estate_key, standing=row.old.pk if row.old else None,
        code=row.told.get("code", ""), floors=row.floors, households=row.households, footprint=row.shape, lon=row.lon,
        lat=row.lat, entrances=row.units, address=row.told.get("address", ""),
    )  # fmt: skip
