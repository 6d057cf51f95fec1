"""Forms of parameters and the working calendar in the back office."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yemai.base.office.forms import RowForm, VerbForm

from .queries import parameter
from .terms import DECLARED

LINE = re.compile(
    r"^(?P<first>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2})日?(?:\s*[~～至到]\s*(?P<last>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2})日?)?"
    r"[\s,，]+(?P<kind>休|班)(?:[\s,，]+(?P<note>.*))?$"
)
LONGEST = 31
"""Days of one line: longer is a slip of the pen."""


@dataclass(frozen=True)
class DayLine:
    """One day of a pasted calendar."""

    day: date
    is_workday: bool
    note: str


class ParameterForm(RowForm):
    """A new version of a parameter."""

    key = forms.ChoiceField(label=gettext_lazy("参数"))
    value = forms.CharField(label=gettext_lazy("值"), widget=forms.Textarea(attrs={"rows": 4}))
    basis = forms.CharField(
        label=gettext_lazy("依据"), max_length=200, help_text=gettext_lazy("文件名与文号，或会议决定。")
    )
    effective_from = forms.DateField(label=gettext_lazy("生效日期"), initial=timezone.localdate)
    effective_to = forms.DateField(
        label=gettext_lazy("失效日期"), required=False, help_text=gettext_lazy("留空表示一直有效。")
    )

    class Meta:
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if "key" in self.fields:
            self.fields["key"].choices = [(key, declared.label) for key, declared in DECLARED.items()]  # type: ignore[attr-defined]  # a ChoiceField
        if "value" not in self.fields:
            return
        key = row.key or self.data.get("key") or self.initial.get("key")
        if row.pk:  # a version is the pattern of the next, which begins today
            self.initial = {**self.initial, "effective_from": timezone.localdate(), "effective_to": None}
        if key in DECLARED:
            self.initial["value"] = json.dumps(parameter(key), ensure_ascii=False)
            default = json.dumps(DECLARED[key].default, ensure_ascii=False)
            self.fields["value"].help_text = _("照默认值的样子填写（JSON）：%(default)s") % {"default": default}

    def clean_value(self) -> Any:
        """Read as JSON; whether it fits is the action's to say."""
        try:
            return json.loads(self.cleaned_data["value"])
        except ValueError as unreadable:
            where = getattr(unreadable, "colno", 0)
            raise forms.ValidationError(
                _("不是正确的 JSON（第 %(column)d 个字符附近）。") % {"column": where}
            ) from unreadable


class CalendarDayForm(RowForm):
    """One day; declared again it takes the new word."""

    left_to_action = frozenset({"day"})

    class Meta:
        fields = "__all__"


class PasteForm(VerbForm):
    """A year's holidays and make-up days at once."""

    lines = forms.CharField(
        label=gettext_lazy("节假日与调休"), widget=forms.Textarea(attrs={"rows": 14}), max_length=20_000,
        help_text=gettext_lazy("每行一天或一段：日期 休/班 说明。例如“2027-02-05~2027-02-11 休 春节”“2027-02-14 班 调休”。"),
    )  # fmt: skip

    def clean_lines(self) -> list[DayLine]:
        """Every line read, or each unreadable one named."""
        found: list[DayLine] = []
        wrong: list[str] = []
        for number, line in enumerate(self.cleaned_data["lines"].splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found += days_of(line.strip())
            except ValueError:
                wrong.append(_("第 %(number)d 行看不懂：%(line)s") % {"number": number, "line": line.strip()[:40]})
        if wrong:
            raise forms.ValidationError(wrong)
        twice = {one.day for one in found if sum(other.day == one.day for other in found) > 1}
        if twice:
            days = "、".join(sorted(day.isoformat() for day in twice)[:5])
            raise forms.ValidationError(_("有的日期写了两次：%(days)s。") % {"days": days})
        return found


def days_of(line: str) -> Iterator[DayLine]:
    """The days a line declares. Raises ValueError for a line that can't be read."""
    read = LINE.match(line)
    if read is None:
        raise ValueError(line)
    first = _day(read["first"])
    last = _day(read["last"]) if read["last"] else first
    if not 0 <= (last - first).days < LONGEST:
        raise ValueError(line)
    note = (read["note"] or "").strip()[:80]
    for more in range((last - first).days + 1):
        yield DayLine(first + timedelta(days=more), read["kind"] == "班", note)


def _day(text: str) -> date:
    year, month, day = (int(part) for part in re.split(r"\D", text)[:3])
    return date(year, month, day)
