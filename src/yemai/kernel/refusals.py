"""What the system says no with: a code for machines, a sentence for people, a status for the web."""

from collections.abc import Mapping
from typing import ClassVar


class Refused(Exception):
    """A request that can't be done, with the words its sender reads.

    `code` is stable and for machines; `text` says what happened, what is safe and what to do (it may be lazily
    translated); `status` is the HTTP status; `fields` names what to mend in a form.
    """

    def __init__(
        self, code: str, text: object, *, status: int = 409, fields: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = status
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return str(self.text)


class Absent(Refused):
    """What does not exist and what may not be seen are answered alike: 404."""

    usual: ClassVar[object] = "没有找到，或您无权查看。"
    """What is said where no text is given; the web puts its translated words here, the kernel knows no languages."""

    def __init__(self, text: object | None = None) -> None:
        super().__init__("not-found", self.usual if text is None else text, status=404)
