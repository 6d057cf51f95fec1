"""Pure rules of messages: quiet hours, back-off, once-only keys, digests that fit, what may leave the house."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# Minutes after each failed attempt; after the last one the message has failed. None is shorter than the minute a
# robot's rate limit looks back on, so no attempt is overwritten while it still counts.
BACKOFF_MINUTES = (1, 5, 15, 60, 180, 360, 720)
RATE_WINDOW = timedelta(seconds=60)
STUCK_AFTER = timedelta(minutes=10)  # longer than any single attempt may take
MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")


def dedupe_key(key: str, channel: str, recipient: str) -> str:
    """What makes a message exist once: the cause, the channel and the recipient, whatever audience named them."""
    return hashlib.sha256(f"{key}\n{channel}\n{recipient}".encode()).hexdigest()


def due_after_quiet(now: datetime, start: time, end: time, zone: ZoneInfo) -> datetime:
    """`now`, or the end of the quiet hours it falls in (they may run over midnight; equal ends mean none)."""
    local = now.astimezone(zone)
    clock = local.time()
    if start == end:
        return now
    overnight = start > end
    is_quiet = (clock >= start or clock < end) if overnight else start <= clock < end
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1 if overnight and clock >= start else 0)
    return datetime.combine(day, end, tzinfo=zone)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures; None: give up."""
    if attempts > len(BACKOFF_MINUTES):
        return None
    return now + timedelta(minutes=BACKOFF_MINUTES[attempts - 1])


def masked(text: str) -> str:
    """Mobile and identity numbers made unreadable: what goes to a group chat lies on a third party's server."""
    return MOBILE.sub(r"\1****\2", IDENTITY.sub(r"\1********\2", text))


def one_line(text: str, most: int) -> str:
    """White space and line breaks folded (a header may hold none), cut to `most` characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= most else folded[: most - 1] + "…"


def fitting(entries: Sequence[str], most_bytes: int) -> int:
    """How many leading entries, joined by line breaks, fit into `most_bytes` of UTF-8; at least one."""
    used = 0
    for count, entry in enumerate(entries):
        used += len(entry.encode()) + 1
        if used > most_bytes and count:
            return count
    return len(entries)


def cut_bytes(text: str, most_bytes: int) -> str:
    """Text cut to `most_bytes` of UTF-8 without breaking a character."""
    encoded = text.encode()
    return text if len(encoded) <= most_bytes else encoded[: most_bytes - 3].decode(errors="ignore") + "…"
