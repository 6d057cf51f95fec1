"""E-mail and text messages: one message to one recipient, with errors told apart by whether trying again can help."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

from yemai.kernel.sealing import unseal

from .models import Message
from .sms import SmsRefused, SmsUnavailable, gateway

SMTP_PERMANENT = 500
SMS_LENGTH = 200


class Refusal(Exception):
    """The other side will never take this message."""


class NoAddress(Exception):
    """There is nowhere to send it: the number or address was taken away since."""


class Unavailable(Exception):
    """Not now. `for_all`: nothing gets through by this channel at the moment."""

    def __init__(self, text: str, *, for_all: bool = False) -> None:
        super().__init__(text)
        self.for_all = for_all


@contextmanager
def email_line() -> Iterator[BaseEmailBackend]:
    """One connection for a run; opened by the first message."""
    line = get_connection()
    try:
        yield line
    finally:
        line.close()


def send_email(message: Message, line: BaseEmailBackend) -> None:
    """Hand one e-mail over. Its Message-ID is the same on every attempt, so mail boxes drop a double.

    Raises Refusal, NoAddress, Unavailable.
    """
    address = _opened(message.address_sealed) or (message.person.email if message.person else "")
    if not address:
        raise NoAddress(_("收件人没有邮箱"))
    link = settings.PUBLIC_URL + message.url if message.url else ""
    host = urlsplit(settings.PUBLIC_URL).hostname
    mail = EmailMessage(
        subject=message.title,
        body="\n\n".join(part for part in (message.text, link) if part),
        to=[address],
        headers={"Message-ID": f"<{message.dedupe_key}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=line,
    )
    try:
        line.open()  # opened here it stays open for the run; send() would open and close it for each message
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _reason in error.recipients.values()]
        if all(code >= SMTP_PERMANENT for code in codes):
            raise Refusal(_("邮箱不存在或拒收（%(code)s）") % {"code": codes[0]}) from error
        raise Unavailable(f"SMTP {codes[0]}") from error
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= SMTP_PERMANENT:
            raise Refusal(f"SMTP {error.smtp_code}") from error
        raise Unavailable(f"SMTP {error.smtp_code}") from error
    except ValueError as error:
        raise Refusal(_("邮箱地址写法不对")) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(_("邮件服务器连接不上：%(why)s") % {"why": type(error).__name__}, for_all=True) from error


def send_sms(message: Message) -> None:
    """Hand one text over: title and link. Raises Refusal, NoAddress, Unavailable."""
    phone = _opened(message.address_sealed or (message.person.phone_sealed if message.person else ""))
    if not phone:
        raise NoAddress(_("收件人没有手机号"))
    link = settings.PUBLIC_URL + message.url if message.url else ""
    text = " ".join(part for part in (message.title, link) if part)
    try:
        gateway().send(phone, text[:SMS_LENGTH], reference=message.dedupe_key)
    except SmsRefused as error:
        raise Refusal(str(error)) from error
    except SmsUnavailable as error:
        raise Unavailable(str(error), for_all=True) from error


def _opened(sealed: str) -> str:
    try:
        return unseal(sealed, settings.SEALING_KEYS) if sealed else ""
    except ValueError as error:
        raise Refusal(_("联系方式解不开：这台服务器没有它的密钥")) from error
