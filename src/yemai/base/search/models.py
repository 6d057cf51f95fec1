"""Tables beside the full-text index: what waits to go into it, and the names of whatever is not a case."""

from typing import ClassVar

from django.db import models


class Waiting(models.Model):
    """A case whose words or reach may have changed since it went into the index; until then it is looked at itself.

    A row here is all that a step costs; the index itself is written by the worker, many cases at once.
    """

    case_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.case_id}"


class Name(models.Model):
    """What one thing is called: its words, folded, and their initials in pinyin, each with a space before it."""

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    words = models.TextField()
    initials = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_name_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
