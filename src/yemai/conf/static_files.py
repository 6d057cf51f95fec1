"""Gathers the static files under hashed names into the data directory, when and only when they have changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def gather() -> bool:
    """Bring DATA/static up to the package's files; True when there was something to do.

    The stamp covers every file's name, size and time, so an upgrade is noticed and so is an edit in a checkout.
    """
    if are_gathered():
        return False
    stamp().unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=settings.STATIC_ROOT.exists(), verbosity=0)
    stamp().write_text(fingerprint())
    return True


def are_gathered() -> bool:
    """Are the files in DATA/static those of the package as it is now?"""
    return stamp().exists() and stamp().read_text() == fingerprint()


def stamp() -> Path:
    """Where it is noted what was gathered."""
    return Path(settings.STATIC_ROOT) / ".gathered"


def fingerprint() -> str:
    """A digest of what collectstatic would read."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            modified = storage.get_modified_time(name)
            digest.update(f"{name}\0{storage.size(name)}\0{modified.timestamp()}\n".encode())
    return digest.hexdigest()
