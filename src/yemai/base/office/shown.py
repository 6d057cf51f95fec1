"""How facts that nobody edits are drawn on a page of the back office; everything is escaped."""

import json
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def facts(rows: Iterable[tuple[Any, Any]]) -> SafeString:
    """A table of names and values."""
    body = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
    return format_html('<table class="office-facts"><tbody>{}</tbody></table>', body)


def lines(rows: Iterable[Any], empty: Any = "-") -> SafeString:
    """One below the other."""
    found = [(row,) for row in rows]
    return format_html_join("", "<div>{}</div>", found) if found else format_html("{}", empty)


def table(heads: Iterable[Any], rows: Iterable[Iterable[Any]]) -> SafeString:
    """Rows under their heads."""
    head = format_html_join("", '<th scope="col">{}</th>', ((one,) for one in heads))
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((c,) for c in row)),) for row in rows)
    )
    return format_html('<table class="office-facts"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', head, body)


def as_json(value: Any) -> SafeString:
    """A value as JSON people can read."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    return format_html('<pre class="office-json">{}</pre>', text)


def one_line(text: object, most: int = 60) -> str:
    """Folded and cut, for a cell of a list."""
    folded = " ".join(str(text).split())
    return folded if len(folded) <= most else f"{folded[:most]}…"
