"""Tables of reports: a sender's form in its layouts, each filling with its rows, and what people were asked and said."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node

from .rules.headings import path_of
from .rules.layouts import Span
from .terms import KEPT_DAYS, How, State, Wanted


class Form(models.Model):
    """报表: a table that somebody above asks for again and again."""

    name = models.CharField(_("名称"), max_length=120)
    sender = models.CharField(_("要求报送的单位"), max_length=120, blank=True, default="")
    purpose = models.CharField(_("用途"), max_length=200, blank=True, default="")
    """Why personal columns are read; without it they are not."""
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("范围"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))
    version = models.PositiveIntegerField(default=0)
    """Counts the changes of its design: of two who change it at once, the second is told."""

    class Meta:
        verbose_name = _("报表")
        verbose_name_plural = _("报表")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Layout(models.Model):
    """One version of the sender's sheet, and what fills each of its columns."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="layouts")
    number = models.PositiveIntegerField(_("版式"))
    file = models.BinaryField(editable=False)
    file_name = models.CharField(_("文件"), max_length=200)
    sheet = models.CharField(_("工作表"), max_length=60)
    header_first = models.PositiveIntegerField(_("表头首行"))
    header_last = models.PositiveIntegerField(_("表头末行"))
    body_last = models.PositiveIntegerField(_("数据区末行"))
    headings = models.JSONField(default=list)
    """The words of each column from the top of the header down; the first is column A."""
    mapping = models.JSONField(default=dict)
    """By column number from "1": {"how", "key", "text", "wanted", "days"}."""
    rows = models.CharField(_("每行是什么"), max_length=40, default="nodes")
    choice = models.CharField(_("其中"), max_length=60, blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = _("版式")
        verbose_name_plural = _("版式")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="report_layout_once"),
            models.CheckConstraint(
                condition=models.Q(header_first__gte=1, header_last__gte=models.F("header_first"))
                & models.Q(body_last__gte=models.F("header_last")),
                name="report_layout_rows_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} v{self.number}"

    @property
    def span(self) -> Span:
        """Its rows."""
        return Span(self.header_first, self.header_last, self.body_last)

    @property
    def by_heading(self) -> dict[str, dict[str, Any]]:
        """What fills each column, by its heading."""
        return {path_of(words): self.of(at + 1) for at, words in enumerate(self.headings) if words}

    def of(self, column: int) -> dict[str, Any]:
        """What fills a column, counted from 1."""
        found: dict[str, Any] = self.mapping.get(str(column)) or {"how": How.EMPTY.value}
        return found

    def columns(self, how: How) -> dict[int, dict[str, Any]]:
        """The columns filled in one way, by their number."""
        return {int(at): one for at, one in self.mapping.items() if one.get("how") == how}


class Filling(models.Model):
    """One report made from a form: for some ground and time, kept as it was once it is sent."""

    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="fillings")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("范围"))
    path = models.CharField(max_length=120)
    first_on = models.DateField(_("从"))
    last_on = models.DateField(_("到"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    reads_cases = models.BooleanField(default=False)
    reads_people = models.BooleanField(default=False)
    """What somebody else must be allowed to see before they see this filling."""
    row_count = models.PositiveIntegerField(_("行数"), default=0)
    error = models.TextField(blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    built = models.BinaryField(null=True, editable=False)
    built_at = models.DateTimeField(null=True)
    """The workbook, where it was made by the worker or sent; an answer that comes later makes it stale."""
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("报送时间"), null=True)
    sent_to = models.CharField(_("报送给"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("填报")
        verbose_name_plural = _("填报")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_on__gte=models.F("first_on")), name="report_filling_days"),
        ]
        indexes = [models.Index(fields=["path", "-id"], name="report_filling_path")]

    def __str__(self) -> str:
        return f"{self.layout_id} {self.first_on} {self.last_on}"

    @property
    def is_sent(self) -> bool:
        """Is it frozen?"""
        return self.state == State.SENT


class FilledRow(models.Model):
    """One row of a filling: what it is about and its cells by column number; gaps are looked up until it is sent."""

    filling = models.ForeignKey(Filling, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    subject = models.PositiveBigIntegerField()
    label = models.CharField(max_length=200)
    node = models.ForeignKey(Node, null=True, on_delete=models.PROTECT, related_name="+")
    cells = models.JSONField(default=dict)
    origins = models.JSONField(default=dict)
    """Of a sent filling: who answered each gap, when, until when it holds."""

    class Meta:
        verbose_name = _("填报的行")
        verbose_name_plural = _("填报的行")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["filling", "number"], name="report_row_once")]

    def __str__(self) -> str:
        return self.label


class Question(models.Model):
    """Something the system does not know of a kind of rows; the same words of two forms are one question."""

    of = models.CharField(max_length=12)
    key = models.CharField(max_length=80)
    text = models.CharField(_("问题"), max_length=120)
    wanted = models.CharField(_("答案"), max_length=8, choices=Wanted.choices, default=Wanted.TEXT)
    days = models.PositiveIntegerField(_("有效天数"), default=KEPT_DAYS)

    class Meta:
        verbose_name = _("问题")
        verbose_name_plural = _("问题")
        constraints = [models.UniqueConstraint(fields=["of", "key"], name="report_question_once")]

    def __str__(self) -> str:
        return self.text


class Answer(models.Model):
    """What somebody said of one row, and until when it is taken for true; a correction is a new row."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    subject = models.PositiveBigIntegerField()
    label = models.CharField(max_length=200)
    path = models.CharField(max_length=120)
    value = models.CharField(_("答案"), max_length=500)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("回答时间"))
    valid_until = models.DateField(_("有效至"))
    is_latest = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("回答")
        verbose_name_plural = _("回答")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "subject"], condition=models.Q(is_latest=True), name="report_answer_latest_once"
            ),
        ]
        indexes = [models.Index(fields=["answered_by", "-id"], name="report_answer_by")]

    def __str__(self) -> str:
        return f"{self.question_id} {self.subject}"


class Asked(models.Model):
    """A question about one row, put to the one who knows; open until somebody answers it."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="asked")
    subject = models.PositiveBigIntegerField()
    label = models.CharField(max_length=200)
    node = models.ForeignKey(Node, null=True, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=120)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    """Nobody, where no post there could know; the designer answers then."""
    wanted_for = models.ForeignKey(Filling, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("询问时间"))
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("询问")
        verbose_name_plural = _("询问")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "subject"],
                condition=models.Q(answered_at__isnull=True),
                name="report_asked_open_once",
            ),
        ]
        indexes = [models.Index(fields=["person", "answered_at", "id"], name="report_asked_person")]

    def __str__(self) -> str:
        return f"{self.question_id} {self.subject}"
