"""Names of people, places and documents: kept beside them, found by any part of a word or by initials in pinyin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Length
from django.db.models.signals import post_delete, post_save

from yemai.base.transactions import writing

from .models import Name
from .words import initials, runs

BATCH = 2_000


@dataclass(frozen=True)
class Named:
    """A table whose rows are found by name: these fields, which may lead to other tables; `estate__name+name` is one word."""

    kind: str
    model: type[Model]
    fields: tuple[str, ...]
    is_text: bool = field(default=False, kw_only=True)
    """Whole sentences, found by their words alone: their initials would meet anything."""


def found(named: Named, seen: QuerySet[Any], words: Sequence[str], most: int) -> list[Any]:
    """Rows of `seen` that have every word in their name, or as initials; short names first, being nearest to what was asked."""
    named_so = Name.objects.filter(kind=named.kind)
    for word in words:
        named_so = named_so.filter(Q(words__contains=word) | Q(initials__contains=f" {word}"))
    ids = seen.order_by().filter(pk__in=named_so.values("object_id")).values("pk")
    order = Name.objects.filter(kind=named.kind, object_id__in=ids).order_by(Length("words"), "object_id")
    chosen = list(order.values_list("object_id", flat=True)[:most])
    rows = {row.pk: row for row in seen.filter(pk__in=chosen)}
    return [rows[pk] for pk in chosen if pk in rows]


def keep(named: Named, pks: Sequence[int] | None = None) -> int:
    """Bring the names of these rows (None: of all) up to what they are called; how many were changed."""
    table, names = named.model._default_manager.order_by("pk"), Name.objects.filter(kind=named.kind)
    if pks is not None:
        table, names = table.filter(pk__in=pks), names.filter(object_id__in=pks)
    called: dict[int, dict[str, None]] = {}
    parts = [field.split("+") for field in named.fields]
    for pk, *said in table.values_list("pk", *chain(*parts)):  # an alias is a row of its own
        left = iter(said)
        for part in parts:
            word = "".join(str(one) for one in islice(left, len(part)) if one)
            called.setdefault(pk, {}).update(dict.fromkeys(runs(word)))
    known = {pk: (name, words) for name, pk, words in names.values_list("pk", "object_id", "words")}
    fresh = {pk: "".join(f" {run}" for run in said) for pk, said in called.items()}
    changed = {pk: words for pk, words in fresh.items() if pk not in known or known[pk][1] != words}
    gone = [name for pk, (name, _words) in known.items() if pk not in fresh]
    for some in _batches(gone):
        Name.objects.filter(pk__in=some).delete()
    for some in _batches(list(changed.items())):
        rows = [
            Name(kind=named.kind, object_id=pk, words=words, initials="" if named.is_text else _initials(words))
            for pk, words in some
        ]
        with writing():
            Name.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["kind", "object_id"], update_fields=["words", "initials"]
            )
    return len(changed) + len(gone)


def follow(named: Named) -> None:
    """Keep the name of a row whenever it is saved or deleted; what is written in bulk is found by the next `keep` of all."""
    own = {part.partition("__")[0] for field in named.fields for part in field.split("+")}

    def saved(instance: Any, raw: bool = False, update_fields: Iterable[str] | None = None, **_said: Any) -> None:
        if not raw and (update_fields is None or own & set(update_fields)):
            keep(named, [instance.pk])

    def deleted(instance: Any, **_said: Any) -> None:
        Name.objects.filter(kind=named.kind, object_id=instance.pk).delete()

    post_save.connect(saved, sender=named.model, weak=False, dispatch_uid=f"search.saved.{named.kind}")
    post_delete.connect(deleted, sender=named.model, weak=False, dispatch_uid=f"search.deleted.{named.kind}")


def _initials(words: str) -> str:
    return "".join(f" {one}" for one in initials(words))


def _batches(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))
