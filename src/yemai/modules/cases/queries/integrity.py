"""Is the record what it was? Walks the stories and names the first broken link."""

from dataclasses import dataclass

from yemai.kernel.chain import link

from ..models import Case, StoryStep
from ..story import body_of, genesis, text_hash
from ..terms import Verb


@dataclass(frozen=True)
class BrokenLink:
    """Where a story stops agreeing with itself."""

    case_id: int
    code: str
    seq: int
    why: str


def first_broken_link(case_ids: list[int] | None = None) -> BrokenLink | None:
    """The first row, by case and sequence, that was altered, removed or slipped in; None when every chain holds."""
    cases = Case.objects.order_by("id")
    if case_ids is not None:
        cases = cases.filter(pk__in=case_ids)
    for case in cases.iterator(chunk_size=500):
        if broken := _broken(case):
            return broken
    return None


def _broken(case: Case) -> BrokenLink | None:
    def at(seq: int, why: str) -> BrokenLink:
        return BrokenLink(case.pk, case.number or case.tracking_code, seq, why)

    previous, seq = genesis(case), 0
    for seq, step in enumerate(StoryStep.objects.filter(case=case).order_by("seq"), start=1):
        if step.seq != seq:
            return at(seq, "a row is missing")
        if step.previous_hash != previous:
            return at(seq, "does not follow the row before it")
        if link(previous, body_of(step)) != step.hash:
            return at(seq, "was altered after it was written")
        if step.verb == Verb.REPORT and step.content.get("text_sha256") != text_hash(case.text):
            return at(seq, "the resident's words were altered")
        previous = step.hash
    if seq != case.version or (seq and previous != case.story_head):
        return at(seq + 1, "rows at the end are missing")
    return None
