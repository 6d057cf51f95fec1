"""A register: the rows of one table as the back office shows them, limited to the asker's ground, written by actions.

Nothing is saved here. A form that is filled in rightly is handed to `write`, which calls the action of the room; what
the action refuses comes back at the fields it names. Rows are dated or closed, never deleted.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.enums import ActionVariant
from unfold.views import ChangeList

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .forms import RowForm, dress, show_refusal
from .site import Asked, Office
from .verbs import Verb

BUTTONS = 3
"""Verbs shown beside a row's title; the others lie under one more button."""


class Listing(ChangeList):  # type: ignore[misc]  # unfold ships no types
    """A list that counts once: how many rows it has stands below it, and that is enough."""

    def get_results(self, request: Asked) -> None:
        """Without asking how many there would be unfiltered."""
        super().get_results(request)
        self.full_result_count = self.result_count


class Register(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """The rows of one table.

    `needs` is the permission to change them, `looks` further ones that let in to read. `place` is the lookup of a row's
    path; None for what belongs to no place: only who holds the permission on the whole ground sees that.
    """

    needs: ClassVar[str] = ""
    looks: ClassVar[tuple[str, ...]] = ()
    place: ClassVar[str | None] = "node__path"
    adds: ClassVar[bool] = False
    changes: ClassVar[bool] = False
    read_as: ClassVar[dict[str, str]] = {}
    """Fields whose stored form nobody reads, and what stands in their place where they can't be edited."""
    verbs: ClassVar[tuple[Verb, ...]] = ()
    list_verbs: ClassVar[tuple[Verb, ...]] = ()

    form = RowForm
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count beside every choice would be a query each
    list_filter_sheet = True
    warn_unsaved_form = True
    compressed_fields = True

    # --- who ---------------------------------------------------------------------------------------------------------

    @property
    def office(self) -> Office:
        """The site, as far as registers know it."""
        return cast(Office, self.admin_site)

    @property
    def permissions(self) -> tuple[str, ...]:
        """Any of these lets in."""
        return (self.needs, *self.looks)

    def holds(self, request: Asked, permission: str) -> bool:
        """Does the asker hold it where this register's rows may lie?"""
        if self.place is None:
            return self.office.holds_everywhere(request, permission)
        return bool(self.office.reach(request, permission))

    def may_look(self, request: Asked) -> bool:
        """May the asker open this register?"""
        return any(self.holds(request, permission) for permission in self.permissions)

    def may_act(self, request: Asked, row: Any) -> bool:
        """May the asker change this row?"""
        if not self.holds(request, self.needs):
            return False
        return self.place is None or self.office.reach(request, self.needs).covers(self.path_of(row))

    def path_of(self, row: Any) -> str | None:
        """The path of the ground a row lies on."""
        for name in (self.place or "").split("__"):
            row = getattr(row, name, None)
        return cast("str | None", row)

    def within(self, request: Asked, column: str) -> Q:
        """What the asker may see, as a condition on a path column."""
        seen = Q(pk__in=[])
        for permission in self.permissions:
            seen |= self.office.reach(request, permission).q(column)
        return seen

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """The rows the asker may see."""
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.place is not None:
            return rows.filter(self.within(request, self.place))
        return rows if self.may_look(request) else rows.none()

    def has_module_permission(self, request: Asked) -> bool:
        """Is there anything here for the asker?"""
        return self.may_look(request)

    def has_view_permission(self, request: Asked, obj: Any = None) -> bool:
        """Rows out of reach are not found in the first place."""
        return self.may_look(request)

    def has_add_permission(self, request: Asked) -> bool:
        """Where rows may be added at all."""
        return self.adds and self.holds(request, self.needs)

    def has_change_permission(self, request: Asked, obj: Any = None) -> bool:
        """Where rows have something to edit."""
        return self.changes and (self.holds(request, self.needs) if obj is None else self.may_act(request, obj))

    def has_delete_permission(self, request: Asked, obj: Any = None) -> bool:
        """Never."""
        return False

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Call the action. `row` is the stored row (for a new one an empty instance); returns the row written."""
        raise NotImplementedError

    def save_model(self, request: Asked, obj: Any, form: Any, change: bool) -> None:
        """Hand over to the action; the instance the form has filled is dropped for the row as it was written."""
        stored = self.model._default_manager.get(pk=obj.pk) if change else self.model()
        written = self.write(request, stored, form.cleaned_data, is_new=not change)
        obj.pk = written.pk
        obj.refresh_from_db()

    def save_related(self, request: Asked, form: Any, formsets: Any, change: bool) -> None:
        """Rows below are written by the action too."""
        for formset in formsets:
            formset.save(commit=False)

    def log_addition(self, *_args: Any, **_more: Any) -> None:
        """The audit trail is kept by the actions; Django's own log stays empty."""

    log_change = log_deletions = log_addition

    def changeform_view(
        self, request: Asked, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """One transaction; what an action refuses is rolled back and shown on the form, with everything typed."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with writing():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]  # carried to the form of the second round
            answer = super().changeform_view(request, object_id, form_url, extra_context)
            answer.status_code = refused.status
            return answer

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form with the fields of this page alone, its own copies, knowing what was refused a moment ago."""
        form = super().get_form(request, obj, change=change, **kwargs)
        shown = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        form.base_fields = {name: deepcopy(field) for name, field in form.base_fields.items() if name in shown}
        for field in form.base_fields.values():
            dress(field)
        if issubclass(form, RowForm):
            form.refused = getattr(request, "refused", None)
        return form

    def get_fieldsets(self, request: Asked, obj: Any = None) -> Any:
        """In words where there is nothing to edit."""
        found = super().get_fieldsets(request, obj)
        if obj is None or not self.read_as or self.has_change_permission(request, obj):
            return found
        return [(title, {**options, "fields": _renamed(options["fields"], self.read_as)}) for title, options in found]

    def formfield_for_dbfield(self, db_field: Any, request: Asked, **kwargs: Any) -> Any:
        """Without the little pencils beside a choice: what stands behind it has a register of its own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            for offer in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                if hasattr(field.widget, offer):
                    setattr(field.widget, offer, False)
        return field

    def get_changelist(self, request: Asked, **kwargs: Any) -> Any:
        """Ours."""
        return Listing

    # --- verbs -------------------------------------------------------------------------------------------------------

    def address(self, page: str, *args: Any) -> str:
        """The address of one of this register's pages."""
        label = f"{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{self.office.name}:{label}_{page}", args=args)

    def get_urls(self) -> list[URLPattern]:
        """The verbs stand before the library's addresses, whose last one catches everything."""
        label = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("do/<slug:name>/", self.admin_site.admin_view(self.list_verb_view), name=f"{label}_list_verb"),
            path("<int:row_id>/do/<slug:name>/", self.admin_site.admin_view(self.verb_view), name=f"{label}_verb"),
        ]
        return own + cast("list[URLPattern]", super().get_urls())

    def offered(self, request: Asked, row: Any) -> list[Verb]:
        """The verbs the asker may use on a row now."""
        return [verb for verb in self.verbs if verb.shown(request, row)] if self.may_act(request, row) else []

    def verb_view(self, request: Asked, row_id: int, name: str) -> HttpResponseBase:
        """The page of a verb on one row."""
        row = self.get_object(request, str(row_id))
        verb = next((verb for verb in self.offered(request, row) if verb.name == name), None) if row else None
        if row is None or verb is None:
            raise Http404
        return self._verb_page(request, verb, row, self.address("change", row.pk))

    def list_verb_view(self, request: Asked, name: str) -> HttpResponseBase:
        """The page of a verb on the whole list."""
        verb = next((verb for verb in self.list_verbs if verb.name == name), None)
        if verb is None or not self.holds(request, self.needs):
            raise Http404
        return self._verb_page(request, verb, None, self.address("changelist"))

    def _verb_page(self, request: Asked, verb: Verb, row: Any, back: str) -> HttpResponseBase:
        form, status = verb.form(self, request, row), 200
        if request.method == "POST":
            form = verb.form(self, request, row, request.POST, request.FILES)
            try:
                if form.is_valid():
                    return self._done(request, verb, self._run(request, verb, row, form.cleaned_data), back)
                status = 422
            except Refused as refused:
                show_refusal(form, refused)
                status = refused.status
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts, "original": row, "verb": verb, "form": form, "back": back, "media": self.media + form.media,
            "title": verb.label, "subtitle": str(row) if row else None,
        }  # fmt: skip
        return TemplateResponse(request, "office/verb.html", context, status=status)

    def _run(self, request: Asked, verb: Verb, row: Any, given: dict[str, Any]) -> Any:
        act: Callable[..., Any] = getattr(self, verb.run)
        with writing():
            return act(request, row, given)

    def _done(self, request: Asked, verb: Verb, result: Any, back: str) -> HttpResponse:
        messages.success(request, str(verb.told))
        if isinstance(result, str):
            return HttpResponseRedirect(result)
        moved = isinstance(result, self.model) and result.pk is not None
        return HttpResponseRedirect(self.address("change", result.pk) if moved else back)

    def render_change_form(self, request: Asked, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With a button for each verb."""
        row = context.get("original")
        if row is not None:
            offered = [_button(verb, self.address("verb", row.pk, verb.name)) for verb in self.offered(request, row)]
            context["actions_detail"] = [*(context.get("actions_detail") or []), *_gathered(offered)]
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: Asked, extra_context: Any = None) -> Any:
        """With a button for each verb on the list."""
        page = super().changelist_view(request, extra_context)
        if isinstance(page, TemplateResponse) and page.context_data is not None and self.holds(request, self.needs):
            buttons = [_button(verb, self.address("list_verb", verb.name)) for verb in self.list_verbs]
            page.context_data["actions_list"] = [*(page.context_data.get("actions_list") or []), *buttons]
        return page

    def history_view(self, request: Asked, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        """What was changed on a row stands in the audit trail."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return HttpResponseRedirect(self.office.trail_of(row))


def _gathered(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """More than fit beside the title go under one button."""
    if len(buttons) <= BUTTONS + 1:
        return buttons
    rest = {
        "title": _("更多操作"),
        "icon": "more_horiz",
        "variant": ActionVariant.DEFAULT,
        "attrs": {},
        "method_name": "more",
    }
    return [*buttons[:BUTTONS], {**rest, "items": buttons[BUTTONS:]}]


def _renamed(fields: Any, names: dict[str, str]) -> Any:
    return tuple(names.get(one, one) if isinstance(one, str) else _renamed(one, names) for one in fields)


def _button(verb: Verb, address: str) -> dict[str, Any]:
    look = {"variant": ActionVariant.DEFAULT, "attrs": {}, "dialog": None}  # what can't be undone warns on its own page
    return {**look, "title": verb.label, "icon": verb.icon, "path": address}


class Rows(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """Rows below a row, to be read."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: Asked, obj: Any = None) -> bool:
        """Whoever sees the row above sees these."""
        return True

    def has_add_permission(self, request: Asked, obj: Any = None) -> bool:
        """Never here."""
        return False

    def has_change_permission(self, request: Asked, obj: Any = None) -> bool:
        """Never here."""
        return False

    def has_delete_permission(self, request: Asked, obj: Any = None) -> bool:
        """Never here."""
        return False
