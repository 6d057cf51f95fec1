"""Writes of reports: a form taken in, its design, a filling, questions put and answered, the report sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.columns.registry import ROWS
from yemai.base.jobs.actions import enqueue
from yemai.base.messages.actions import announce
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .filling import cells_of, columns_for, known_of, of_rows, proposed_mapping, workbook
from .models import Answer, Asked, FilledRow, Filling, Form, Layout, Question
from .queries import designing_reach, gaps_of, layout_of, rows_of, who_knows
from .rules.headings import carried, question_key
from .rules.layouts import Sheet, Span, headings, proposed_span
from .terms import ANSWER_MAX, COLUMNS_MAX, HEADER_MAX, KEPT_DAYS, How, State, Wanted
from .workbooks import has_formula, opened, read, sheet_of

EVENT_ASKED = "report.asked"
DAYS_MOST = 3650


def add_form(
    *, name: str, sender: str, purpose: str, node: Node, content: bytes, file_name: str, actor: Person, now: datetime
) -> Form:
    """Take a sender's workbook in; its header is found and every column gets a proposal. Raises Refused."""
    if not designing_reach(actor).covers(node.path):
        raise Refused("not-yours", _("您不能为这片网格设计报表。"), status=403)
    sheet, title = _first_with_words(content)
    with writing():
        form = Form.objects.create(
            name=(name.strip() or file_name.rsplit(".", 1)[0])[:120], sender=sender.strip()[:120],
            purpose=purpose.strip()[:200], node=node, made_by=actor, made_at=now,
        )  # fmt: skip
        _lay(form, sheet, title, content, file_name, actor=actor, now=now, before=None)
        record(actor=actor, action="design_report", subject=form, now=now, path=node.path, after={"name": form.name})
    return form


def add_layout(form: Form, *, content: bytes, file_name: str, actor: Person, now: datetime) -> Layout:
    """The sender changed the sheet: a new version, what was mapped carried over by heading. Raises Refused."""
    sheet, title = _first_with_words(content)
    with writing():
        before = layout_of(form)
        if bytes(before.file) == content:
            raise Refused("same-file", _("这个文件和现在的版式完全一样，不用重新上传。"))
        made = _lay(form, sheet, title, content, file_name, actor=actor, now=now, before=before)
        after = {"layout": made.number, "file": file_name}
        record(actor=actor, action="design_report", subject=form, now=now, path=form.node.path, after=after)
    return made


def _first_with_words(content: bytes) -> tuple[Sheet, str]:
    """The first sheet that has a table."""
    book = opened(content)
    refused = None
    for one in book.worksheets:
        try:
            return read(one), one.title
        except Refused as why:
            refused = refused or why
    assert refused is not None  # noqa: S101 - a workbook has a sheet
    raise refused


def _lay(
    form: Form, sheet: Sheet, title: str, content: bytes, file_name: str, *, actor: Person, now: datetime, before: Layout | None
) -> Layout:  # fmt: skip
    span = proposed_span(sheet)
    words = headings(sheet, span)
    made = Layout(
        form=form, number=before.number + 1 if before else 1, file=content, file_name=file_name[:200], sheet=title,
        headings=words, made_by=actor, made_at=now, rows=before.rows if before else "nodes",
        choice=before.choice if before else "",
    )  # fmt: skip
    _set_span(made, span)
    made.mapping = _proposals(form, made, sheet, actor)
    if before is not None:
        for at, one in carried(words, before.by_heading).items():
            made.mapping[str(at + 1)] = one
    made.save()
    Form.objects.filter(pk=form.pk).update(version=form.version + 1)
    return made


def _set_span(layout: Layout, span: Span) -> None:
    layout.header_first, layout.header_last, layout.body_last = span.header_first, span.header_last, span.body_last


def _proposals(form: Form, layout: Layout, sheet: Sheet, actor: Person) -> dict[str, dict[str, Any]]:
    formulas = {at for at in range(1, len(layout.headings) + 1) if has_formula(sheet, layout.span, at)}
    columns = columns_for(layout.rows, actor, form.node.path, form.purpose)
    return proposed_mapping(layout.headings, of_rows(layout), formulas, columns)


def set_rows(
    form: Form, *, rows: str, choice: str, sheet_name: str, span: Span, purpose: str, actor: Person, now: datetime, version: int
) -> Layout:  # fmt: skip
    """What a row is, and where header and body lie; columns that no longer fit are proposed anew. Raises Refused."""
    if rows not in ROWS:
        raise Refused("no-rows", _("请选择每一行是什么。"), status=422)
    layout = layout_of(form)
    book = opened(bytes(layout.file))
    sheet = read(sheet_of(book, sheet_name))
    _check_span(span, sheet)
    with writing():
        _turn(form, version)
        form.purpose = purpose.strip()[:200]
        form.save(update_fields=["purpose"])
        of_before, kept = of_rows(layout), layout.by_heading
        layout.rows, layout.choice, layout.sheet = rows, choice[:60], sheet_of(book, sheet_name).title
        _set_span(layout, span)
        layout.headings = headings(sheet, span)
        layout.mapping = _proposals(form, layout, sheet, actor)
        allowed = {column.key for column in columns_for(rows, actor, form.node.path, form.purpose)}
        if ROWS[rows].of == of_before:
            for at, one in carried(layout.headings, kept).items():
                is_open = one.get("how") == How.GAP
                if not is_open and (one.get("how") != How.KNOWN or one.get("key") in allowed):
                    layout.mapping[str(at + 1)] = one
        layout.save()
        after = {"rows": rows, "choice": choice, "purpose": form.purpose}
        record(actor=actor, action="design_report", subject=form, now=now, path=form.node.path, after=after)
    return layout


def _check_span(span: Span, sheet: Sheet) -> None:
    fits = 1 <= span.header_first <= span.header_last <= span.body_last <= sheet.rows + 1
    if not fits or span.header_last - span.header_first >= HEADER_MAX:
        raise Refused("bad-rows", _("表头和数据区的行号对不上，请检查：首行 ≤ 末行 ≤ 数据区末行。"), status=422)


def _turn(form: Form, version: int) -> None:
    """The next version of a design. Raises Refused where somebody else was quicker."""
    if not Form.objects.filter(pk=form.pk, version=version).update(version=version + 1):
        raise Refused("changed", _("这张报表刚刚被别人修改过。请重新打开，再改一次。"))


def set_mapping(
    form: Form, mapping: Mapping[int, Mapping[str, Any]], *, actor: Person, now: datetime, version: int
) -> Layout:
    """What fills each column. Raises Refused for a column one may not read, or personal ones without a purpose."""
    layout = layout_of(form)
    allowed = {column.key for column in columns_for(layout.rows, actor, form.node.path, form.purpose)}
    before = {str(one.get("key")) for one in layout.columns(How.KNOWN).values()}
    cleaned = {str(at): _cleaned(one, allowed | before) for at, one in mapping.items() if 0 < at <= COLUMNS_MAX}
    with writing():
        _turn(form, version)
        layout.mapping = cleaned
        layout.save(update_fields=["mapping"])
        record(
            actor=actor, action="design_report", subject=form, now=now, path=form.node.path, after={"columns": cleaned}
        )
    return layout


def _cleaned(one: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    how = How(one["how"])
    if how == How.KNOWN:
        if one.get("key") not in allowed:
            raise Refused("no-column", _("有一栏您无权读取，或还没有写明用途，请重新选择。"), status=422)
        return {"how": how.value, "key": one["key"]}
    text = str(one.get("text") or "").strip()[:120]
    if how == How.CONSTANT:
        return {"how": how.value, "text": text}
    if how == How.GAP:
        if not question_key(text):
            raise Refused("no-question", _("要询问的栏请写明问题。"), status=422)
        wanted = Wanted(one.get("wanted") or Wanted.TEXT)
        days = min(max(int(one.get("days") or KEPT_DAYS), 1), DAYS_MOST)
        return {"how": how.value, "text": text, "wanted": wanted.value, "days": days}
    return {"how": how.value}


# --- filling -------------------------------------------------------------------------------------------------------


def start_filling(form: Form, *, node: Node, first: date, last: date, actor: Person, now: datetime) -> Filling:
    """Begin a report; the worker reads what is known. Raises Refused for days that are upside down or ground beyond."""
    layout = layout_of(form)
    if first > last or (last - first).days > DAYS_MOST:
        text = _("结束日期不能早于开始日期。")
        raise Refused("bad-days", text, status=422, fields={"last": text})
    if not designing_reach(actor).covers(node.path):
        raise Refused("not-yours", _("您不能为这片网格填报。"), status=403)
    known = known_of(layout)
    if any(column.whom is not None for column in known.values()) and not form.purpose:
        raise Refused("no-purpose", _("这张表有人员信息，请先写明用途。"), status=422)
    needs = {column.permission for column in known.values()} | {ROWS[layout.rows].permission}
    with writing():
        made = Filling.objects.create(
            layout=layout, node=node, path=node.path, first_on=first, last_on=last, made_by=actor, made_at=now,
            reads_cases=Permission.CASE_VIEW in needs, reads_people=Permission.PERSON_VIEW in needs,
        )  # fmt: skip
        enqueue("reports.fill", {"filling": made.pk}, key=fill_key(made))
        after = {"form": form.name, "first": first, "last": last}
        record(actor=actor, action="fill_report", subject=made, now=now, path=node.path, after=after)
    return made


def fill_key(filling: Filling) -> str:
    """The key of the job that fills it."""
    return f"report-fill-{filling.pk}"


def ask(filling: Filling, *, actor: Person, now: datetime) -> int:
    """Put every open gap, once, to the one who knows, and tell them; how many questions are new. Raises Refused."""
    _check_open(filling)
    layout = filling.layout
    rows = list(rows_of(filling).select_related("node").defer("node__boundary"))
    gaps = gaps_of(filling, rows, now)
    wanted = [(row, cell.column) for row in rows for cell in cells_of(layout, row, gaps) if cell.is_gap]
    paths = {row.pk: row.node.path if row.node else filling.path for row in rows}
    knows = who_knows(set(paths.values()), now)
    with writing():
        questions = {at: _question(layout, at) for at in {column for _row, column in wanted}}
        before = Asked.objects.filter(question__in=list(questions.values())).count()
        made = [
            Asked(
                question=questions[column], subject=row.subject, label=row.label, node_id=row.node_id, path=paths[row.pk],
                person=knows.get(paths[row.pk]), wanted_for=filling, asked_by=actor, asked_at=now,
            )
            for row, column in wanted
        ]  # fmt: skip
        Asked.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)
        count = Asked.objects.filter(question__in=list(questions.values())).count() - before
        if count:
            people = {one.person_id: one.person for one in made if one.person is not None}
            _tell(filling, list(people.values()), now)
    return count


def _tell(filling: Filling, people: Iterable[Person | None], now: datetime) -> None:
    name = filling.layout.form.name
    announce(
        EVENT_ASKED, audiences={"leader": [person for person in people if person is not None]}, node=None,
        title=gettext_lazy("有几项情况要请您填写"), text=format_lazy(gettext_lazy("报表“{name}”里有您网格的几项情况，系统里没有，请填一次，以后别的报表直接用。"), name=name),
        url="/reports/questions/", now=now, key=f"report-{filling.pk}-{now:%Y%m%d%H%M}",
    )  # fmt: skip


def _question(layout: Layout, at: int) -> Question:
    """The question of a gap; what kind of answer and how long it holds is as the newest designer says."""
    mapping = layout.of(at)
    text = str(mapping.get("text", ""))
    said = {"wanted": mapping.get("wanted", Wanted.TEXT.value), "days": mapping.get("days", KEPT_DAYS)}
    found, is_new = Question.objects.get_or_create(
        of=of_rows(layout).value, key=question_key(text), defaults={"text": text[:120], **said}
    )
    if not is_new and (found.wanted, found.days) != (said["wanted"], said["days"]):
        found.wanted, found.days = said["wanted"], said["days"]
        found.save(update_fields=["wanted", "days"])
    return found


def _check_open(filling: Filling) -> None:
    if filling.state == State.SENT:
        raise Refused("sent", _("这份报表已经报送，不能再改。需要更正请重新填报一份。"))
    if filling.state != State.READY:
        raise Refused("not-ready", _("这份报表还没有填好，请稍等。"))


def answer(asked: Asked, value: str, *, actor: Person, now: datetime) -> Answer:
    """An answer to a question that was put; remembered until its day. Raises Refused for what is no answer."""
    with writing():
        made = _remember(asked.question, asked.subject, asked.label, asked.path, value, actor=actor, now=now)
        open_ones = Asked.objects.filter(question=asked.question, subject=asked.subject, answered_at__isnull=True)
        open_ones.update(answered_at=now)
    return made


def answer_cell(filling: Filling, row: FilledRow, column: int, value: str, *, actor: Person, now: datetime) -> Answer:
    """A designer fills or corrects a gap on the report itself. Raises Refused."""
    _check_open(filling)
    if filling.layout.of(column).get("how") != How.GAP:
        raise Refused("not-a-gap", _("这一栏由系统填写，不能手改。请在来源处更正。"), status=422)
    with writing():
        question = _question(filling.layout, column)
        path = row.node.path if row.node else filling.path
        made = _remember(question, row.subject, row.label, path, value, actor=actor, now=now)
        Asked.objects.filter(question=question, subject=row.subject, answered_at__isnull=True).update(answered_at=now)
    return made


def correct(before: Answer, value: str, *, actor: Person, now: datetime) -> Answer:
    """Say something else than before; the old answer stays on record. Raises Refused."""
    with writing():
        return _remember(before.question, before.subject, before.label, before.path, value, actor=actor, now=now)


def _remember(
    question: Question, subject: int, label: str, path: str, value: str, *, actor: Person, now: datetime
) -> Answer:
    clean = " ".join(value.split())[:ANSWER_MAX]
    if not clean:
        raise Refused("empty", _("请填写内容。没有的请填“无”或 0。"), status=422)
    if question.wanted == Wanted.NUMBER and not _is_number(clean):
        raise Refused("not-a-number", _("“%(text)s”要填数字，例如 12。") % {"text": question.text}, status=422)
    Question.objects.select_for_update().get(pk=question.pk)  # of two who answer at once, the second waits
    Answer.objects.filter(question=question, subject=subject, is_latest=True).update(is_latest=False)
    until = timezone.localdate(now) + timedelta(days=question.days)
    made = Answer.objects.create(
        question=question, subject=subject, label=label, path=path, value=clean, answered_by=actor, answered_at=now,
        valid_until=until,
    )  # fmt: skip
    after = {"question": question.text, "row": label, "value": clean}
    record(actor=actor, action="answer_report", subject=made, now=now, path=path, after=after)
    return made


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()


def build(filling: Filling, now: datetime) -> bytes:
    """The workbook as it is now."""
    rows = list(rows_of(filling))
    return workbook(filling, rows, gaps_of(filling, rows, now))


def keep_built(filling: Filling, now: datetime) -> None:
    """Build the workbook and keep it; one that was sent stays as it is."""
    content = build(filling, now)
    with writing():
        Filling.objects.filter(pk=filling.pk).exclude(state=State.SENT).update(built=content, built_at=now)


def send(filling: Filling, *, sent_to: str, actor: Person, now: datetime) -> None:
    """Freeze a report as it goes out: cells, origins and workbook, with date and person. Raises Refused."""
    _check_open(filling)
    rows = list(rows_of(filling))
    gaps = gaps_of(filling, rows, now)
    for row in rows:
        _freeze(row, filling.layout, gaps)
    content = workbook(filling, rows, gaps)
    with writing():
        if not Filling.objects.filter(pk=filling.pk, state=State.READY).update(
            state=State.SENT, sent_at=now, sent_by=actor, sent_to=sent_to.strip()[:120], built=content, built_at=now
        ):
            raise Refused("sent", _("这份报表已经报送，不能再改。需要更正请重新填报一份。"))
        FilledRow.objects.bulk_update(rows, ["cells", "origins"], batch_size=200)
        Asked.objects.filter(wanted_for=filling, answered_at__isnull=True).delete()
        record(actor=actor, action="send_report", subject=filling, now=now, path=filling.path, after={"to": sent_to})


def _freeze(row: FilledRow, layout: Layout, gaps: Any) -> None:
    for cell in cells_of(layout, row, gaps):
        if cell.is_answer:
            row.cells[str(cell.column)] = cell.value
            row.origins[str(cell.column)] = {"who": cell.who, "at": cell.at, "until": cell.until}


def note_export(filling: Filling, *, actor: Person, now: datetime) -> None:
    """Who took a workbook away."""
    after = {"form": filling.layout.form.name, "people": filling.reads_people}
    record(actor=actor, action="export_report", subject=filling, now=now, path=filling.path, after=after)


def save_rows(filling: Filling, rows: Sequence[FilledRow], now: datetime) -> None:
    """Keep what was read, in place of what an earlier attempt left."""
    with writing():
        FilledRow.objects.filter(filling=filling).delete()
        FilledRow.objects.bulk_create(rows, batch_size=300)
        Filling.objects.filter(pk=filling.pk, state=State.WAITING).update(
            state=State.READY, row_count=len(rows), finished_at=now
        )


def fail(filling: Filling, why: str, now: datetime) -> None:
    """It could not be filled, and why."""
    with writing():
        Filling.objects.filter(pk=filling.pk).update(state=State.FAILED, error=why, finished_at=now)
