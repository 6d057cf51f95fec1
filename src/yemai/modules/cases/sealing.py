"""A resident's name and number at rest: sealed, findable only by an exact blind index."""

import re

from django.conf import settings
from django.utils.translation import gettext as _

from yemai.kernel import sealing
from yemai.kernel.refusals import Refused

PHONE = re.compile(r"^(?:\+?86)?(1[3-9]\d{9}|0\d{9,11}|\d{7,8})$")


def clean_phone(text: str) -> str:
    """Digits of a mainland mobile or landline number, or "" when none was given. Raises Refused `bad-phone`."""
    digits = re.sub(r"[\s\-()（）]", "", text or "")
    if not digits:
        return ""
    match = PHONE.match(digits)
    if match is None:
        raise Refused(
            "bad-phone", _("电话号码不对，请检查；也可以不留电话。"), status=422, fields={"phone": _("请检查号码")}
        )
    return match.group(1)


def seal_text(text: str) -> str:
    """Sealed with the deployment's newest key; empty stays empty."""
    return sealing.seal(text, settings.SEALING_KEYS) if text else ""


def unseal_text(token: str) -> str:
    """The words again."""
    return sealing.unseal(token, settings.SEALING_KEYS) if token else ""


def blind_phone(phone: str) -> str:
    """An index to find a number by, from which it can't be read."""
    return sealing.blind(phone, settings.BLIND_KEY) if phone else ""
