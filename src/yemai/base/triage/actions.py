"""Keeping trained models: the better one is used, each is dated, going back is one press."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Absent, Refused

from .classifier import Classifier, Lesson
from .models import TrainedModel

KEPT_UNUSED = 12
"""How many models that are not in use keep their content; older ones keep their card alone."""


def keep_model(subject: str, classifier: Classifier, *, origin: TrainedModel.Origin, now: datetime) -> TrainedModel:
    """Put a model to use; the one before stays to go back to."""
    with writing():
        TrainedModel.objects.filter(subject=subject, is_current=True).update(is_current=False)
        made = TrainedModel.objects.create(
            subject=subject, origin=origin, made_at=now, chosen_at=now, verdict=TrainedModel.Verdict.KEPT,
            is_current=True, card=classifier.card, content=classifier.to_bytes(),
        )  # fmt: skip
        spare = TrainedModel.objects.filter(subject=subject, is_current=False, content__isnull=False)
        old = list(spare.exclude(origin=TrainedModel.Origin.STARTER).values_list("pk", flat=True)[KEPT_UNUSED:])
        TrainedModel.objects.filter(pk__in=old).update(content=None)
    return made


def use_model(model_id: int, *, actor: AbstractBaseUser, now: datetime) -> TrainedModel:
    """Use a kept model (again). Raises Absent for none, Refused `not-kept` for one whose content is gone."""
    with writing():
        wanted = TrainedModel.objects.filter(pk=model_id).first()
        if wanted is None:
            raise Absent()
        if wanted.content is None:
            raise Refused("not-kept", _("这个模型没有保留内容，不能启用；请选另一个。"))
        TrainedModel.objects.filter(subject=wanted.subject, is_current=True).update(is_current=False)
        wanted.is_current, wanted.chosen_at, wanted.chosen_by_id = True, now, actor.pk
        wanted.save(update_fields=["is_current", "chosen_at", "chosen_by"])
    return wanted


def retrain(
    subject: str,
    older: Sequence[Lesson],
    newest: Sequence[Lesson],
    *,
    now: datetime,
    card: dict[str, Any] | None = None,
    say: Callable[[str], None] = lambda _words: None,
) -> TrainedModel:
    """Teach with `older`, judge on `newest` beside the model in use, and keep the new one only when it is better.

    The one that is kept has then learnt from both. The card holds both accuracies and how many were judged.
    """
    from .queries import current
    from .teaching import teach

    used, candidate = current(subject), teach(older, say=say)
    new, old = accuracy(candidate, newest), accuracy(used, newest) if used else 0.0
    judged = {"judged_on": len(newest), "accuracy_new": round(new, 4), "accuracy_before": round(old, 4)}
    if used is not None and new <= old:
        with writing():
            return TrainedModel.objects.create(
                subject=subject, origin=TrainedModel.Origin.RETRAINED, made_at=now,
                verdict=TrainedModel.Verdict.NOT_BETTER, card=candidate.card | judged | (card or {}),
            )  # fmt: skip
    whole = teach([*older, *newest], card=judged | (card or {}), say=say)
    return keep_model(subject, whole, origin=TrainedModel.Origin.RETRAINED, now=now)


def accuracy(classifier: Classifier, lessons: Sequence[Lesson]) -> float:
    """The share of `lessons` whose class is the classifier's first; 0 for none."""
    right = sum(
        bool(found) and found[0].label == lesson.label
        for lesson in lessons
        for found in [classifier.propose(lesson.message, 1)]
    )
    return right / len(lessons) if lessons else 0.0
