"""The catalogue in the back office, version by version: classes, filing conditions, limits."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import RelatedFieldListFilter
from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from yemai.base.access.terms import Permission
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb

from ..actions import catalogue_edit as editing
from ..models import (
    Case,
    Catalogue,
    Category,
    FilingCondition,
)
from ..office_forms import CatalogueForm, CategoryForm, ConditionForm, CopyForm
from ..queries.catalogue import is_used

EDIT = Permission.CATALOGUE_EDIT.value


@admin.register(Catalogue)
class CatalogueRegister(Register):
    """The versions; one that cases were classed by is only read and copied."""

    needs, place, changes = EDIT, None, True
    form = CatalogueForm
    list_display = ("label", "version", "effective_from", "effective_to", "category_count", "used")
    search_fields = ("label", "version")
    ordering = ("-effective_from", "-pk")
    search_help_text = _("名称或版本")
    fields = (("label", "label_en"), "version", "basis", ("effective_from", "effective_to"), "used")
    readonly_fields = ("version", "used")
    verbs = (
        Verb(
            "copy", _("复制为新版本"), "content_copy", "copy", _("已复制，请在新版本上修改。"), CopyForm,
            explained=_("类别、立案条件、时限和结案条件全部复制；原版本和已分类的事件不变。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With classes counted and whether a case bears one."""
        bearing = Case.objects.filter(category__catalogue=OuterRef("pk"))
        rows: QuerySet[Any] = super().get_queryset(request).annotate(count=Count("categories"), in_use=Exists(bearing))
        return rows

    def has_change_permission(self, request: Asked, obj: Any = None) -> bool:
        """Not once it is used."""
        return super().has_change_permission(request, obj) and not getattr(obj, "in_use", False)

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Its words and days."""
        return editing.change_catalogue(row, actor=request.user, now=timezone.now(), **given)

    def copy(self, request: Asked, row: Catalogue, given: dict[str, Any]) -> Catalogue:
        """The next version."""
        return editing.copy_catalogue(row, actor=request.user, now=timezone.now(), **given)

    @display(description=_("类别数"))
    def category_count(self, row: Any) -> int:
        """How many classes."""
        return int(row.count)

    @display(description=_("已有事件使用"), boolean=True)
    def used(self, row: Any) -> bool:
        """Does a case bear one of its classes?"""
        return bool(row.in_use) if hasattr(row, "in_use") else is_used(row)


class ConditionRows(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """Filing conditions of a class; each has its own limit and closing condition."""

    model = FilingCondition
    form = ConditionForm
    fields = ("text", "priority", "limit", "closing")
    ordering = ("position", "pk")
    extra = 0
    min_num = 1
    hide_title = True
    verbose_name_plural = _("立案条件")

    def _may_edit(self, request: Asked, obj: Any) -> bool:
        register: CategoryRegister = self.admin_site._registry[Category]
        return register.has_add_permission(request) if obj is None else register.has_change_permission(request, obj)

    def has_view_permission(self, request: Asked, obj: Any = None) -> bool:
        """Whoever sees the class."""
        return True

    def has_add_permission(self, request: Asked, obj: Any = None) -> bool:
        """While its version is not used."""
        return self._may_edit(request, obj)

    def has_change_permission(self, request: Asked, obj: Any = None) -> bool:
        """While its version is not used."""
        return self._may_edit(request, obj)

    def has_delete_permission(self, request: Asked, obj: Any = None) -> bool:
        """While its version is not used: nothing has been promised by it yet."""
        return self._may_edit(request, obj)


class ByVersion(RelatedFieldListFilter):
    """The classes of one version."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("类别目录")


@admin.register(Category)
class CategoryRegister(Register):
    """Classes with their conditions, version by version."""

    needs, place, adds, changes = EDIT, None, True, True
    form = CategoryForm
    read_as = {"keywords": "said_as"}
    inlines = (ConditionRows,)
    list_display = ("code", "name", "major_name", "kind", "limits", "version", "is_active")
    list_display_links = ("code", "name")
    list_filter = (("catalogue", ByVersion), "kind", "is_active", "is_extension", "is_public")
    list_select_related = ("catalogue",)
    search_fields = ("name", "major_name", "description")
    search_help_text = _("小类、大类或说明")
    ordering = ("-catalogue", "kind", "major", "minor")
    fieldsets = (
        (None, {"fields": ("version", ("kind", "is_active", "is_extension", "is_public"), ("major", "major_name", "major_name_en"),
                          ("minor", "name", "name_en"), "description", "keywords")}),
    )  # fmt: skip
    add_fieldsets = (
        (None, {"fields": ("catalogue", ("kind", "is_extension", "is_public"), ("major", "major_name", "major_name_en"),
                          ("minor", "name", "name_en"), "description", "keywords")}),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With conditions, and whether the version is used."""
        bearing = Case.objects.filter(category__catalogue=OuterRef("catalogue"))
        rows: QuerySet[Any] = (
            super().get_queryset(request).annotate(in_use=Exists(bearing)).prefetch_related("conditions")
        )
        return rows

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """A code stays within its version."""
        return () if obj is None else ("version", "kind", "major", "minor")

    def has_change_permission(self, request: Asked, obj: Any = None) -> bool:
        """Not once its version is used."""
        return super().has_change_permission(request, obj) and not getattr(obj, "in_use", False)

    def formfield_for_foreignkey(self, db_field: Any, request: Asked, **kwargs: Any) -> Any:
        """New classes go into versions that are not used."""
        if db_field.name == "catalogue":
            used = Case.objects.filter(category__catalogue=OuterRef("pk"))
            kwargs |= {"queryset": Catalogue.objects.exclude(Exists(used)), "label": _("类别目录")}
            kwargs["help_text"] = _("只列出还没有事件使用的版本；要修改在用的版本，请先到“类别目录”复制为新版本。")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: Asked, obj: Any, form: Any, change: bool) -> None:
        """Written below, once the conditions are known too."""

    def save_related(self, request: Asked, form: Any, formsets: Any, change: bool) -> None:
        """The class and its conditions in one action."""
        super().save_related(request, form, formsets, change)
        rows = [inner.cleaned_data for formset in formsets for inner in formset.forms]
        conditions = [
            editing.Condition(row["text"], row["priority"], row["limit"], row["closing"])
            for row in rows
            if row and not row.get("DELETE")
        ]
        given, now, obj = dict(form.cleaned_data), timezone.now(), form.instance
        if change:
            stored = Category.objects.get(pk=obj.pk)
            editing.change_category(stored, actor=request.user, now=now, conditions=conditions, **given)
            return
        made = editing.create_category(
            given.pop("catalogue"), actor=request.user, now=now, conditions=conditions, **given
        )
        obj.pk = made.pk

    @display(description=_("代码"), ordering="minor")
    def code(self, row: Category) -> str:
        """Letter, 大类 and 小类."""
        return row.code

    @display(description=_("关键词"))
    def said_as(self, row: Category) -> str:
        """What residents call it."""
        return "、".join(row.keywords) or "-"

    @display(description=_("时限"))
    def limits(self, row: Any) -> str:
        """Those of its conditions, each once."""
        return "、".join(dict.fromkeys(one.limit for one in row.conditions.all()))

    @display(description=_("类别目录"))
    def version(self, row: Category) -> str:
        """The version it belongs to."""
        return str(row.catalogue)
