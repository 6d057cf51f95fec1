"""The facts in the database, what waits to become one, and the counts kept of them."""

from django.db import models
from django.db.models import Q

from ..facts import COLUMNS, LEVELS, Column, Type


def field_of(column: Column) -> models.Field:  # type: ignore[type-arg]  # any of three kinds of field
    """How the database keeps a column of the facts."""
    if column.type is Type.NUMBER:
        return models.BigIntegerField(null=column.is_nullable)
    if column.type is Type.TRUTH:
        return models.BooleanField(null=column.is_nullable)
    return models.CharField(max_length=20, blank=True, default="")


class CaseFact(models.Model):
    """One case as `facts.COLUMNS` says; written by the worker whenever its case changes, never by hand."""

    case_id = models.BigIntegerField(primary_key=True)

    class Meta:
        indexes = [
            *(
                models.Index(fields=[f"node_{n}", "reported_at"], condition=Q(**{f"node_{n}__isnull": False}), name=f"fact_node_{n}")
                for n in range(1, LEVELS + 1)
            ),
            models.Index(fields=["reported_at"], name="fact_reported"),
            models.Index(fields=["lead_unit_id", "reported_at"], name="fact_unit"),
            models.Index(fields=["clock_due_at"], condition=Q(is_open=True), name="fact_open_due"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.pk}"


for _column in COLUMNS[1:]:
    CaseFact.add_to_class(_column.name, field_of(_column))


class PendingFact(models.Model):
    """A case that changed since its fact was written; a row here is all that a step costs."""

    case_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.case_id}"


class StaleMonth(models.Model):
    """A month of which a fact changed since its Parquet file was written; `month` as 202607, by the day of the report."""

    month = models.IntegerField(primary_key=True)
    changes = models.BigIntegerField(default=1)
    """Counts up with every change, so that a file written meanwhile is not taken for the newest."""

    def __str__(self) -> str:
        return f"{self.month}"


class Count(models.Model):
    """How many of one kind there are on one piece of ground, or with one unit, on one day; see `counting`.

    `day`: local days since 1970; 0 for what holds now.
    """

    class Scope(models.TextChoices):
        NODE = "node"
        UNIT = "unit"

    scope = models.CharField(max_length=4, choices=Scope.choices)
    scope_id = models.BigIntegerField()
    what = models.CharField(max_length=12)
    key = models.CharField(max_length=24)
    day = models.IntegerField()
    number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "scope_id", "what", "day", "key"], name="count_once"),
        ]
        indexes = [models.Index(fields=["day"], condition=Q(day__gt=0), name="count_day")]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id} {self.what} {self.key} {self.day}"
