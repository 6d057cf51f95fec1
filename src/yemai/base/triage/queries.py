"""The model in use, read once in a process for as long as it is the one."""

from functools import lru_cache

from .classifier import Classifier
from .models import TrainedModel


def current_id(subject: str) -> int | None:
    """The id of the model in use."""
    return TrainedModel.objects.filter(subject=subject, is_current=True).values_list("pk", flat=True).first()


def current(subject: str) -> Classifier | None:
    """The model in use; one query where it is the one already read."""
    found = current_id(subject)
    return _read(found) if found else None


@lru_cache(maxsize=4)
def _read(model_id: int) -> Classifier:
    return Classifier.from_bytes(bytes(TrainedModel.objects.only("content").get(pk=model_id).content or b""))
