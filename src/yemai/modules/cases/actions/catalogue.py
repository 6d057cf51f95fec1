"""Installing a catalogue of categories: a new generation beside the old, which keeps its codes and its cases."""

import json
from collections.abc import Mapping
from datetime import date
from importlib import resources
from typing import Any

from yemai.base.transactions import writing
from yemai.kernel.worktime import Limit

from ..models import Catalogue, Category, FilingCondition


def example_catalogue() -> dict[str, Any]:
    """The shipped catalogue of an example city, in our own wording."""
    text = resources.files("yemai.modules.cases").joinpath("presets/example_city.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def install_catalogue(what: Mapping[str, Any]) -> Catalogue:
    """Store a catalogue; installed again it changes nothing (a changed one needs a new `version`).

    Raises ValueError for a limit that can't be read.
    """
    with writing():
        catalogue, made = Catalogue.objects.get_or_create(
            version=what["version"],
            defaults={
                "label": what["label"],
                "label_en": what.get("label_en", ""),
                "basis": what.get("basis", ""),
                "effective_from": date.fromisoformat(what["effective_from"]),
            },
        )
        if not made:
            return catalogue
        categories, conditions = _rows(catalogue, what)
        Category.objects.bulk_create(categories)
        FilingCondition.objects.bulk_create(conditions)
    return catalogue


def _rows(catalogue: Catalogue, what: Mapping[str, Any]) -> tuple[list[Category], list[FilingCondition]]:
    categories: list[Category] = []
    conditions: list[FilingCondition] = []
    for kind in what["kinds"]:
        for major in kind["majors"]:
            for minor in major["minors"]:
                category = Category(
                    catalogue=catalogue,
                    kind=kind["kind"],
                    major=major["code"],
                    major_name=major["name"],
                    major_name_en=major.get("name_en", ""),
                    minor=minor["code"],
                    name=minor["name"],
                    name_en=minor.get("name_en", ""),
                    description=minor.get("description", ""),
                    is_extension=minor.get("is_extension", False),
                    is_public=minor.get("is_public", True),
                    keywords=minor.get("keywords", []),
                )
                categories.append(category)
                conditions += [
                    FilingCondition(
                        category=category,
                        text=row["text"],
                        priority=row["priority"],
                        limit=str(Limit.parse(row["limit"])),
                        closing=row.get("closing", ""),
                        position=place,
                    )
                    for place, row in enumerate(minor["conditions"])
                ]
    return categories, conditions
