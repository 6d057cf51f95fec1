"""Forms of the back office: dressed in its style, and able to show again what an action refused."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from unfold import widgets

from yemai.kernel.refusals import Refused

from .site import Asked

DRESS: tuple[tuple[type[forms.Widget], type[forms.Widget]], ...] = (
    (forms.Textarea, widgets.UnfoldAdminTextareaWidget),
    (forms.PasswordInput, widgets.UnfoldAdminPasswordWidget),
    (forms.EmailInput, widgets.UnfoldAdminEmailInputWidget),
    (forms.NumberInput, widgets.UnfoldAdminTextInputWidget),
    (forms.TextInput, widgets.UnfoldAdminTextInputWidget),
    (forms.CheckboxInput, widgets.UnfoldBooleanSwitchWidget),
)
"""A plain widget and the one it wears here; the first that fits wins."""


class DayInput(widgets.UnfoldAdminTextInputWidget):  # type: ignore[misc]  # unfold ships no types
    """The browser's own picker of a day."""

    input_type = "date"

    def format_value(self, value: Any) -> Any:
        """As the browser wants it, in every language."""
        return value.isoformat() if hasattr(value, "isoformat") else value


class MomentInput(widgets.UnfoldAdminTextInputWidget):  # type: ignore[misc]  # unfold ships no types
    """The browser's own picker of a day and time."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> Any:
        """As the browser wants it, in every language."""
        return value.strftime("%Y-%m-%dT%H:%M") if hasattr(value, "strftime") else value


class SearchSelect(widgets.UnfoldAdminSelect2Widget):  # type: ignore[misc]  # unfold ships no types
    """A list one can type into."""


class SearchSelectMany(widgets.UnfoldAdminSelect2MultipleWidget):  # type: ignore[misc]  # unfold ships no types
    """The same for several."""


class Checkboxes(widgets.UnfoldAdminCheckboxSelectMultipleWidget):  # type: ignore[misc]  # unfold ships no types
    """Several choices, all to be seen."""


def dress(field: forms.Field) -> None:
    """Put the office's widget on a field that still wears a plain one."""
    worn = field.widget
    if type(worn).__module__.startswith("unfold") or isinstance(worn, DayInput | MomentInput | SearchSelect):
        return
    if isinstance(field, forms.DateTimeField):
        field.widget = MomentInput()
    elif isinstance(field, forms.DateField):
        field.widget = DayInput()
    elif type(worn) is forms.Select:
        field.widget = widgets.UnfoldAdminSelectWidget(attrs=worn.attrs, choices=worn.choices)
    else:
        fitting = next((dressed for plain, dressed in DRESS if type(worn) is plain), None)
        if fitting is None:
            return
        field.widget = fitting(attrs=worn.attrs)
        if isinstance(worn, forms.NumberInput):
            field.widget.input_type = "number"
    field.widget.is_required = field.required
    field.widget.attrs |= field.widget_attrs(field.widget)


def show_refusal(form: forms.BaseForm, refused: Refused) -> None:
    """Put a refusal's words where they belong: at the fields it names, else above the form."""
    named = {name: text for name, text in refused.fields.items() if name in form.fields}
    for name, text in named.items():
        form.add_error(name, str(text))
    if not named:
        form.add_error(None, str(refused.text))


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # one for every model
    """The form of a register's row; `refused` is what the action said to the same input a moment ago."""

    refused: Refused | None = None
    left_to_action: ClassVar[frozenset[str]] = frozenset()
    """Fields whose table constraints are not checked here: the action says it in plainer words, or allows it."""

    def _get_validation_exclusions(self) -> set[str]:
        found: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return {*found, *self.left_to_action}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs leave out what Django documents as a hook
        if self.refused is not None:
            show_refusal(self, self.refused)


class VerbForm(forms.Form):
    """What a verb asks for. Subclasses limit their choices in `prepare`."""

    def __init__(self, register: Any, request: Asked, row: Model | None, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.register, self.request, self.row = register, request, row
        self.prepare()
        for field in self.fields.values():
            dress(field)

    def prepare(self) -> None:
        """Limit choices to what the asker reaches, and set what stands in the fields at first."""
