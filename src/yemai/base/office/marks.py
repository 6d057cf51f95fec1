"""How a method says what its column or its action is called; the library's own decorators, with types."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from unfold import decorators

F = TypeVar("F", bound=Callable[..., Any])


def display(
    *,
    description: Any,
    ordering: str | None = None,
    boolean: bool | None = None,
    label: Mapping[str, str] | None = None,
) -> Callable[[F], F]:
    """A computed column or field; `label` colours its values."""
    mark = decorators.display(description=description, ordering=ordering, boolean=boolean, label=label)
    return cast("Callable[[F], F]", mark)


def chosen(*, description: Any, permission: str) -> Callable[[F], F]:
    """An action on the rows ticked in a list, for whom `has_<permission>_permission` says yes."""
    return cast("Callable[[F], F]", decorators.action(description=description, permissions=[permission]))
