"""Forms of the closed loop. StepForm is built from the table: a verb's demands and asks become its fields."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from yemai.base.people.models import Department, Person
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Absent

from .actions import Given
from .models import Case, Category, FilingCondition
from .queries.catalogue import categories
from .queries.public import case_by_code
from .steps import StepRule
from .terms import SCORE_LABELS, TEXT_MAX, Outcome, Priority, RejectReason, RequestKind, ReturnReason, Verb

TEXT_PROMPTS = {
    Verb.SUBMIT_FEEDBACK: _("做了什么、谁做的、什么时候做的"),
    Verb.CHECK_FAIL: _("哪里还没有做好"),
    Verb.CONSULT: _("要商量什么"),
    Verb.DECIDE: _("决定：谁做什么、什么时候做完"),
    Verb.RETURN: _("说明为什么不由本单位办理"),
    Verb.ESCALATE: _("为什么要上报，已经做过什么"),
    Verb.SUSPEND: _("挂账的理由"),
    Verb.REQUEST_SUSPENSION: _("为什么暂时办不了"),
    Verb.REQUEST_EXTENSION: _("为什么来不及"),
    Verb.CONFIRM_REPORT: _("现场看到了什么"),
}


class Photos(forms.ClearableFileInput):
    """A file input that takes several photos."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Zero to six photos; each is checked when it is stored, not by its name."""

    widget = Photos(attrs={"accept": "image/*", "data-photo-input": "6"})

    def clean(self, value: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """The files that were sent, as a list."""
        files = value if isinstance(value, list | tuple) else [value] if value else []
        return [file for file in files if file]


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg] # Django 5.2 has no subscript at run time
    """A class of the catalogue in force, grouped by its larger class."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Category.objects.none(), **kwargs)
        self.widget.attrs["data-find"] = _("输入几个字，找类别")

    def show(self) -> None:
        """Fill the choices, grouped, in one query."""
        found = categories()
        self.queryset = found
        groups: dict[str, list[tuple[int, str]]] = {}
        for category in found:
            groups.setdefault(category.major_label, []).append((category.pk, category.label))
        self.choices = [("", _("请选择类别")), *((name, rows) for name, rows in groups.items())]


class StepForm(forms.Form):
    """The form of one verb on one case; a field for each thing the table demands or takes."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        row: StepRule,
        case: Case,
        *args: Any,
        people: list[Person] | None = None,
        circle: list[Person] | None = None,
        **kwargs: Any,
    ) -> None:
        """`people` may be given the case, the `circle` may sit in its consultation."""
        super().__init__(*args, **kwargs)
        self.row, self.case, self.people, self.circle = row, case, people or [], circle or []
        for name in (*row.demands, *row.asks):
            for key, field in self._fields_of(name).items():
                field.required = key == name and (name in row.demands or self._is_needed(name))
                if key == "category":
                    field.error_messages["required"] = _("请选择类别后再受理。")
                self.fields[key] = field
        if "main_case" in self.fields:
            self.order_fields(["main_case"])

    def _is_needed(self, name: str) -> bool:
        """Nothing is accepted unclassed, though a class may stand already."""
        return name == "category" and self.row.verb == Verb.ACCEPT and self.case.category_id is None

    def _fields_of(self, name: str) -> dict[str, forms.Field]:
        staff = [("", _("请选择")), *((person.pk, person.label) for person in self.people)]
        build: dict[str, Any] = {
            "text": self._text,
            "answer": lambda: {"answer": forms.CharField(label=_("给上报人的答复"), widget=forms.Textarea(attrs={"rows": 3}), max_length=TEXT_MAX)},
            "outcome": lambda: {"outcome": _choice(_("处置结果"), Outcome.choices, forms.RadioSelect)},
            "reject_reason": lambda: {"reject_reason": _choice(_("原因"), [c for c in RejectReason.choices if c[0] != "withdrawn"])},
            "return_reason": lambda: {"return_reason": _choice(_("退单原因"), ReturnReason.choices)},
            "request": lambda: {"request": _choice(_("哪一份申请"), self._open_requests())},
            "is_true": lambda: {"is_true": _choice(_("情况是否属实"), [("yes", _("属实")), ("no", _("不属实"))], forms.RadioSelect)},
            "is_public": lambda: {"is_public": forms.BooleanField(label=_("同时告诉上报人"))},
            "person": lambda: {"person": forms.ChoiceField(label=_("人员"), choices=staff)},
            "people": lambda: {"people": forms.MultipleChoiceField(label=_("参加的人"), choices=[(person.pk, person.label) for person in self.circle], widget=forms.CheckboxSelectMultiple)},
            "department": lambda: {"department": forms.ModelChoiceField(Department.objects.filter(is_active=True).order_by("code"), label=_("主办单位"), empty_label=_("请选择"))},
            "joint": lambda: {"joint": forms.ModelMultipleChoiceField(Department.objects.filter(is_active=True).order_by("code"), label=_("协办单位"), widget=forms.CheckboxSelectMultiple)},
            "category": self._category,
            "condition": self._condition,
            "priority": self._priority,
            "main_case": lambda: {"main_case": forms.CharField(label=_("主事件的案卷号或查询码"), max_length=24)},
            "score": lambda: {"score": _choice(_("您满意吗"), [(str(k), v) for k, v in SCORE_LABELS.items()], forms.RadioSelect)},
            "due_on": lambda: {"due_on": _date(_("完成日期"))},
            "review_on": lambda: {"review_on": _date(_("复核日期"))},
            "place": self._place,
            "photos": lambda: {"photos": PhotosField(label=_("处置后照片") if "photos_before" in self.row.asks else _("照片"))},
            "photos_before": lambda: {"photos_before": PhotosField(label=_("处置前照片"))},
        }  # fmt: skip
        found: dict[str, forms.Field] = build[name]()
        return found

    def _text(self) -> dict[str, forms.Field]:
        label = TEXT_PROMPTS.get(self.row.verb, _("说明"))
        return {"text": forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}), max_length=TEXT_MAX)}

    def _category(self) -> dict[str, forms.Field]:
        field = CategoryField(label=_("类别"), initial=self.case.category_id)
        field.show()
        return {"category": field}

    def _priority(self) -> dict[str, forms.Field]:
        """What can't wait is proposed as urgent; whoever accepts it confirms or changes that."""
        field = _choice(_("等级"), [("", _("按立案条件")), *Priority.choices])
        if self.row.verb == Verb.ACCEPT and self.case.is_urgent and self.case.urgent_reading.is_sure:
            field.initial = Priority.URGENT
            field.help_text = _("按居民的话建议为紧急（%(words)s），请核实后确认。") % {
                "words": "、".join(self.case.urgent_reading.words)
            }
        return {"priority": field}

    def _condition(self) -> dict[str, forms.Field]:
        named = str(self.data.get("category") or "")
        category = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else self.case.category_id
        rows = FilingCondition.objects.filter(category=category or 0).order_by("position")
        return {
            "condition": forms.ModelChoiceField(
                rows, label=_("立案条件与时限"), initial=self.case.condition_id, empty_label=_("按类别的第一条")
            )
        }

    def _place(self) -> dict[str, forms.Field]:
        nodes = Node.objects.filter(valid_to__isnull=True, tier__is_settling=True).order_by("path")
        return {
            "node": forms.ModelChoiceField(nodes, label=_("所在网格"), empty_label=_("不变")),
            "place_text": forms.CharField(label=_("位置说明"), max_length=300, initial=self.case.place_text),
        }

    def _open_requests(self) -> list[tuple[str, Any]]:
        kinds = self.case.requests.filter(decided_at__isnull=True).values_list("kind", flat=True)
        return [(kind, RequestKind(kind).label) for kind in kinds]

    def clean_main_case(self) -> int:
        """The id of the main case named by number or tracking code."""
        found = case_named(str(self.cleaned_data["main_case"]))
        if found is None:
            raise forms.ValidationError(_("没有找到这个编号的事件。"))
        return found.pk

    def given(self, photos: tuple[Any, ...] = (), photos_before: tuple[Any, ...] = ()) -> Given:
        """What the form says, for the action."""
        got = self.cleaned_data
        chosen: dict[str, Any] = {
            name: got[name]
            for name in ("text", "answer", "is_public", "due_on", "review_on", "main_case", "place_text")
            if got.get(name)
        }
        if chosen.get("place_text") == self.case.place_text:
            chosen.pop("place_text")
        for name, kind in (
            ("outcome", Outcome), ("reject_reason", RejectReason), ("return_reason", ReturnReason),
            ("request", RequestKind), ("priority", Priority),
        ):  # fmt: skip
            if got.get(name):
                chosen[name] = kind(got[name])
        for name in ("category", "condition", "department", "node"):
            if got.get(name):
                chosen[name] = got[name].pk
        if got.get("person"):
            chosen["person"] = int(got["person"])
        if got.get("people"):
            chosen["people"] = tuple(int(pk) for pk in got["people"])
        if got.get("joint"):
            chosen["joint"] = tuple(unit.pk for unit in got["joint"])
        if got.get("score"):
            chosen["score"] = int(got["score"])
        if got.get("is_true"):
            chosen["is_true"] = got["is_true"] == "yes"
        return Given(photos=photos, photos_before=photos_before, **chosen)


def case_named(said: str) -> Case | None:
    """The case of a case number or tracking code."""
    code = said.strip().upper()
    found = Case.objects.filter(number=code).first() if code else None
    if found is None:
        try:
            return case_by_code(code)
        except Absent:
            return None
    return found


def _choice(label: Any, choices: Any, widget: type[forms.Widget] = forms.Select) -> forms.ChoiceField:
    if widget is forms.Select and (not choices or choices[0][0] != ""):
        choices = [("", _("请选择")), *choices]
    return forms.ChoiceField(label=label, choices=choices, widget=widget)


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ReportForm(forms.Form):
    """A report: text or photo, a place or none, a way to be told or none."""

    text = forms.CharField(
        label=_("什么事"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("写几个字，或拍张照，有一样就行。"),
    )
    photos = PhotosField(label=_("照片"), required=False)
    place_text = forms.CharField(label=_("在哪里"), required=False, max_length=300)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("称呼"), required=False, max_length=60)
    phone = forms.CharField(label=_("电话（办好后告诉您）"), required=False, max_length=30)
    happened_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    not_duplicate = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Say in sight what is wrong with a field that is not."""
        for name, words in (
            ("lon", _("位置不对，请重新选点。")),
            ("lat", _("位置不对，请重新选点。")),
            ("happened_at", _("发生时间不对，请检查后再发。")),
            ("client_key", _("这一页已经过期，请刷新后重新填写。")),
        ):
            if name in self.errors and str(words) not in self.non_field_errors():
                self.add_error(None, words)
        return self.cleaned_data


class DeskReportForm(ReportForm):
    """A report written down at the intake desk for someone who called or walked in."""

    source = forms.ChoiceField(label=_("来源"), choices=[("call", _("来电登记")), ("visit", _("来访登记"))])
    category = CategoryField(label=_("类别"), required=False)
    node = forms.ModelChoiceField(
        Node.objects.none(), label=_("所在网格"), required=False, empty_label=_("按地址自动判断")
    )

    def __init__(self, *args: Any, nodes: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = ""
        self.fields["phone"].label = _("电话（办好后告诉对方）")
        category = self.fields["category"]
        assert isinstance(category, CategoryField)  # noqa: S101 - declared above
        category.show()
        if nodes is not None:
            self.fields["node"].queryset = nodes  # type: ignore[attr-defined] # a ModelChoiceField
