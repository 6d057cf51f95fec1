"""Template tags of the look: icons, lamps, fields, dates people say."""

from datetime import datetime, timedelta
from typing import Any

from django import forms, template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from readers of the screen."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons/bootstrap-icons.svg"),
        name,
    )


@register.simple_tag
def lamp(value: Any) -> SafeString:
    """A lamp: colour AND word AND shape (circle, triangle, square, bars), so that nobody needs to see colours."""
    key = str(getattr(value, "value", value))
    return format_html(
        '<span class="lamp lamp-{}"><span class="lamp-shape" aria-hidden="true"></span>{}</span>',
        key,
        getattr(value, "label", value),
    )


@register.inclusion_tag("shell/components/field.html")
def field(bound: Any) -> dict[str, Any]:
    """A form field with its label, help and errors, dressed for thumb and keyboard."""
    widget = bound.field.widget
    kind = "plain"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        kind = "group"
    elif isinstance(widget, forms.CheckboxInput):
        kind = "check"
    style = (
        "form-select"
        if isinstance(widget, forms.Select) and kind == "plain"
        else "form-check-input"
        if kind == "check"
        else "form-control"
    )
    attrs: dict[str, Any] = {"class": style} if kind != "group" else {}
    if bound.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.id_for_label}_error"}
    if kind == "plain" and bound.field.required:
        attrs["required"] = True
    dressed = "" if kind == "group" else bound.as_widget(attrs=attrs)
    return {"field": bound, "kind": kind, "dressed": dressed}


@register.inclusion_tag("shell/components/empty_state.html")
def empty_state(title: str, text: str = "", action: str = "", url: str = "") -> dict[str, Any]:
    """Nothing here: say what to do next."""
    return {"title": title, "text": text, "action": action, "url": url}


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """A moment as people say it: today 14:05, tomorrow, a date; the exact moment stands in its title."""
    if moment is None:
        return ""
    local, now = timezone.localtime(moment), timezone.localtime()
    days = (local.date() - now.date()) // timedelta(days=1)
    clock = local.strftime("%H:%M")
    near = {0: _("今天 %(t)s"), 1: _("明天 %(t)s"), -1: _("昨天 %(t)s")}.get(days)
    if near:
        words = near % {"t": clock}
    else:
        day = date_format(local, "MONTH_DAY_FORMAT" if local.year == now.year else "DATE_FORMAT")
        words = f"{day} {clock}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), local.strftime("%Y-%m-%d %H:%M"), words
    )


@register.filter
def unlocalize_number(value: Any) -> str:
    """A number as machines read it."""
    return "" if value is None else repr(float(value))
