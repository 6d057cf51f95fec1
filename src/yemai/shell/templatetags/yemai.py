"""Template tags of the look: icons, lamps, fields, pages of a list, dates people say."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms, template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yemai.modules.cases.terms import Lamp, Stage

register = template.Library()
DAY_MINUTES = 24 * 60


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite (`tools/vendor.py` lists those there are), hidden from readers of the screen."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons/bootstrap-icons.svg"),
        name,
    )


@register.simple_tag
def lamp(value: str) -> SafeString:
    """A lamp: colour AND word AND shape (circle, triangle, square, bars), so that nobody needs to see colours."""
    known = Lamp(value)
    return format_html(
        '<span class="lamp lamp-{}"><span class="lamp-shape" aria-hidden="true"></span>{}</span>',
        known.value,
        known.label,
    )


@register.simple_tag
def stage(value: str) -> SafeString:
    """The stage of a case, for staff; a resident is told in plain words instead."""
    known = Stage(value)
    return format_html('<span class="tag stage-{}">{}</span>', known.value, known.label)


@register.inclusion_tag("shell/components/field.html")
def field(bound: Any) -> dict[str, Any]:
    """A form field with its label, help and errors, dressed for thumb and keyboard."""
    widget = bound.field.widget
    kind = "plain"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        kind = "group"
    elif isinstance(widget, forms.CheckboxInput):
        kind = "check"
    attrs: dict[str, Any] = {} if kind == "group" else {"class": _style(widget)}
    told = [f"{bound.id_for_label}_help"] if bound.help_text else []
    if bound.errors:
        attrs["aria-invalid"] = "true"
        told.append(f"{bound.id_for_label}_error")
    if told and kind != "group":
        attrs["aria-describedby"] = " ".join(told)
    if kind == "plain" and bound.field.required:
        attrs["required"] = True
    dressed = "" if kind == "group" else bound.as_widget(attrs=attrs)
    return {"field": bound, "kind": kind, "dressed": dressed, "told": " ".join(told)}


def _style(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


@register.inclusion_tag("shell/components/empty_state.html")
def empty_state(title: str, text: str = "", action: str = "", url: str = "") -> dict[str, Any]:
    """Nothing here: say what to do next."""
    return {"title": title, "text": text, "action": action, "url": url}


@register.inclusion_tag("shell/components/pager.html")
def pager(page: Any) -> dict[str, Any]:
    """The way to the next page of a keyset list: `page.next_cursor` ("" at the end) and `page.query`, the filters."""
    return {"page": page}


@register.simple_tag
def when(moment: datetime | date | None, rough: bool = False) -> SafeString | str:
    """A moment or day as people say it: 今天 14:05, 明天 10:00, 11月24日; the exact one stands in its title.

    `rough` says a part of the day instead of the minute: 明天上午.
    """
    if moment is None:
        return ""
    now = timezone.localtime()
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _day(moment, now.date()))
    local = timezone.localtime(moment)
    clock = _part_of_day(local.hour) if rough else local.strftime("%H:%M")
    return format_html(
        '<time datetime="{}" title="{}">{}{}{}</time>',
        local.isoformat(timespec="minutes"),
        local.strftime("%Y-%m-%d %H:%M"),
        _day(local.date(), now.date()),
        "" if rough else " ",
        clock,
    )


def _day(day: date, today: date) -> str:
    near = {0: _("今天"), 1: _("明天"), 2: _("后天"), -1: _("昨天")}.get((day - today) // timedelta(days=1))
    # Translators: date formats; English says "j M" and "j M Y". Django's own Chinese one writes 03月04日.
    return near or date_format(day, _("n月j日") if day.year == today.year else _("Y年n月j日"))


def _part_of_day(hour: int) -> str:
    parts = ((6, _("凌晨")), (12, _("上午")), (14, _("中午")), (18, _("下午")), (24, _("晚上")))
    return next(name for end, name in parts if hour < end)


@register.filter
def duration(minutes: float | None) -> str:
    """A length of time in words: 45 分钟, 3 小时 20 分钟, 2 天 4 小时; the smaller part is left out when it is nothing."""
    if minutes is None:
        return ""
    whole = round(abs(minutes))
    days, rest = divmod(whole, DAY_MINUTES)
    hours, left = divmod(rest, 60)
    said = [
        ngettext("%(n)d 天", "%(n)d 天", days) % {"n": days} if days else "",
        ngettext("%(n)d 小时", "%(n)d 小时", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d 分钟", "%(n)d 分钟", left) % {"n": left} if (left and not days) or not whole else "",
    ]
    return " ".join(filter(None, said))


@register.filter
def unlocalize_number(value: Any) -> str:
    """A number as machines read it."""
    return "" if value is None else repr(float(value))
