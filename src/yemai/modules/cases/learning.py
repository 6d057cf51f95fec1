"""What teaches the classifier of the town's categories: the catalogue's own words to start with, then what people decided."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from yemai.base.triage.actions import keep_model, retrain
from yemai.base.triage.classifier import Lesson, Message
from yemai.base.triage.models import TrainedModel

from .models import Case, Catalogue, Category
from .queries.catalogue import FALLBACK, SUBJECT, catalogue_on
from .terms import Stage

FRAMES = ("{}没人管", "我们这里{}，请来看看", "小区门口{}好几天了", "反映一下{}的问题", "{}，影响大家出行和生活")
STARTER_WEIGHT = 0.3
NEWEST = timedelta(days=30)
LEAST_CASES, LEAST_JUDGED = 300, 30
GROWTH = 1.25
"""A new model is tried when there is a quarter more to learn from: the work of all trainings together stays a few times
that of the last."""
MOST_CASES = 10_000


def learn(now: datetime, say: Callable[[str], None] = lambda _words: None) -> str:
    """Make the starter where it is missing or the catalogue has changed; retrain where enough was closed since.

    Returns in a word what was done. Safe to run twice: the second time there is nothing new.
    """
    catalogue = catalogue_on(timezone.localdate(now))
    if catalogue is None:
        return "no catalogue"
    starter = starter_lessons(catalogue)
    words = hashlib.sha256("\n".join(f"{one.label} {one.message.text}" for one in starter).encode()).hexdigest()[:16]
    used = TrainedModel.objects.defer("content").filter(subject=SUBJECT, is_current=True).first()
    card = {"catalogue": catalogue.version, "words": words}
    done = "nothing new"
    if used is None or used.card.get("catalogue") != catalogue.version or used.card.get("words") != words:
        from yemai.base.triage.teaching import teach

        taught = teach(starter, card=card, say=say)
        used = keep_model(SUBJECT, taught, origin=TrainedModel.Origin.STARTER, now=now)
        done = "starter made"
    closed = classed(catalogue)
    count = min(closed.count(), MOST_CASES)
    cards = TrainedModel.objects.filter(subject=SUBJECT, origin=TrainedModel.Origin.RETRAINED).values_list(
        "card", flat=True
    )
    tried = max((one["cases"] for one in cards if one.get("words") == words), default=0)
    if count < max(LEAST_CASES, int(tried * GROWTH)):
        return done
    rows = list(closed.order_by("-closed_at", "-pk")[:MOST_CASES])
    since = (rows[0].closed_at or now) - NEWEST
    older = [one for one in rows if one.closed_at and one.closed_at < since]
    newest = [one for one in rows if one.closed_at and one.closed_at >= since]
    if len(newest) < LEAST_JUDGED or len(older) < LEAST_JUDGED:
        return done
    made = retrain(
        SUBJECT,
        [*starter, *case_lessons(older)],
        list(case_lessons(newest)),
        now=now,
        card=card | {"cases": count},
        say=say,
    )
    return str(made.verdict)


def starter_lessons(catalogue: Catalogue) -> list[Lesson]:
    """What the catalogue in force teaches by itself."""
    found: list[Lesson] = []
    for one in Category.objects.filter(catalogue=catalogue, is_active=True).prefetch_related("conditions"):
        found += class_lessons(
            one.code, one.name, one.description, [row.text for row in one.conditions.all()], one.keywords
        )
    return found


def lessons_of(preset: Mapping[str, Any]) -> tuple[dict[str, str], list[Lesson]]:
    """The same of a catalogue as it ships, with the names of its codes."""
    names: dict[str, str] = {}
    found: list[Lesson] = []
    for kind in preset["kinds"]:
        for major in kind["majors"]:
            for one in major["minors"]:
                code = f"{kind['kind']}{major['code']}{one['code']}"
                names[code] = one["name"]
                conditions = [row["text"] for row in one["conditions"]]
                found += class_lessons(
                    code, one["name"], one.get("description", ""), conditions, one.get("keywords", [])
                )
    return names, found


def class_lessons(
    code: str, name: str, description: str, conditions: Iterable[str], keywords: Iterable[str]
) -> Iterator[Lesson]:
    """A class's name, description, filing conditions and what residents call it, each as somebody might say it.

    What is made of one keyword is one group: whether it is known is judged without having seen it.
    """
    for words in (name, description, *conditions):
        if words:
            yield Lesson(Message(words), code, STARTER_WEIGHT, words)
    for at, word in enumerate(keywords):
        for words in (word, FRAMES[at % len(FRAMES)].format(word)):
            yield Lesson(Message(words), code, STARTER_WEIGHT, word)


def classed(catalogue: Catalogue) -> QuerySet[Case]:
    """Closed cases that a person has given a class of this catalogue, but for the class of everything else."""
    kind, major, minor = FALLBACK
    return (
        Case.objects.filter(stage=Stage.CLOSED, category__catalogue=catalogue, category__is_active=True)
        .exclude(category__kind=kind, category__major=major, category__minor=minor)
        .exclude(text="")
        .select_related("category")
        .only("title", "text", "closed_at", "category")
    )


def case_lessons(cases: Iterable[Case]) -> Iterable[Lesson]:
    """What people decided, correction or not: the class a case had when it was closed."""
    return (Lesson(Message(case.text, case.title), case.category.code) for case in cases if case.category)
