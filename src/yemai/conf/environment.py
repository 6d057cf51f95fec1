"""Readers of the environment: each turns one variable into a setting, or says in one sentence what is wrong with it."""

import base64
import ipaddress
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DATABASE_FORMS = "sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME"
KEY_BYTES = 32


class Misconfigured(Exception):
    """A variable of the environment can't be used; the text names it, what is wrong and what to write instead."""


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no. Raises Misconfigured on any other word, so that a typing error never turns protection off."""
    word = os.environ.get(name, "").strip().lower()
    if not word:
        return default
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise Misconfigured(f"{name} is {word!r}; write 1 for yes or 0 for no.")


def words(name: str) -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def text(name: str, default: str) -> str:
    """One line of text."""
    return os.environ.get(name, "").strip() or default


def whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number within its bounds."""
    digits = os.environ.get(name, "").strip()
    if not digits:
        return default
    if not digits.isdecimal() or not least <= int(digits) <= most:
        raise Misconfigured(f"{name} is {digits!r}; write a whole number from {least} to {most}.")
    return int(digits)


def data_directory() -> Path:
    """Where database, files, keys and logs lie (YEMAI_DATA, else .yemai here); made when missing, proven writable."""
    path = Path(os.environ.get("YEMAI_DATA") or ".yemai").expanduser().resolve()
    try:
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise Misconfigured(
            f"The data directory {path} can't be used ({error.strerror}); give a directory that this user may write to "
            "with --data DIR or YEMAI_DATA."
        ) from error


def kept_file(path: Path, make: Callable[[], str]) -> str:
    """The text of a secret file, made once; safe when several processes start together and all find it missing."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first; its file is the one
        finally:
            fresh.unlink()
    try:
        return path.read_text()
    except OSError as error:
        raise Misconfigured(f"The secret file {path} can't be read ({error.strerror}).") from error


def secret(data: Path) -> str:
    """What signs sessions and links: YEMAI_SECRET, else DATA/secret, made on first start."""
    given = os.environ.get("YEMAI_SECRET") or kept_file(data / "secret", lambda: secrets.token_urlsafe(48)).strip()
    if len(given) < 32 or len(set(given)) < 8:
        raise Misconfigured(
            "YEMAI_SECRET (or the file `secret` in the data directory) is too weak; give at least 32 random characters."
        )
    return given


def sealing_keys(data: Path) -> tuple[dict[str, bytes], bytes]:
    """Keys that seal personal data, newest last by key id, and the key of the blind index.

    They lie in DATA/keys (or YEMAI_KEYS), one `id BASE64` a line, apart from the secret that signs sessions: that one
    may be changed on any day, while losing these loses every sealed name and number.
    """
    lines = os.environ.get("YEMAI_KEYS") or kept_file(
        data / "keys", lambda: f"k1 {_random_key()}\nblind {_random_key()}\n"
    )
    keys: dict[str, bytes] = {}
    for line in lines.replace(",", "\n").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, encoded = line.strip().partition(" ")
        try:
            keys[name] = base64.b64decode(encoded, validate=True)
        except ValueError:
            keys[name] = b""
        if len(keys[name]) != KEY_BYTES:
            raise Misconfigured(
                f"Key {name!r} in YEMAI_KEYS (or the file `keys` in the data directory) "
                f"is not {KEY_BYTES} bytes in base64."
            )
    blind = keys.pop("blind", None)
    if blind is None or not keys:
        raise Misconfigured(
            "YEMAI_KEYS (or the file `keys` in the data directory) needs a line `blind KEY` and at least one other key."
        )
    return keys, blind


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def database(data: Path) -> dict[str, Any]:
    """Django's description of the database in YEMAI_DATABASE, by default SQLite in the data directory."""
    url = os.environ.get("YEMAI_DATABASE") or f"sqlite:///{data / 'yemai.sqlite3'}"
    try:
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:  # its UnknownSchemeError and ParseError are both ValueErrors
        raise Misconfigured(
            f"YEMAI_DATABASE (or --database) can't be read as an address; write {DATABASE_FORMS}."
        ) from error
    kind = str(parsed["ENGINE"]).rpartition(".")[2]
    if kind not in {"sqlite3", "postgresql"} or not parsed["NAME"]:
        raise Misconfigured(f"YEMAI_DATABASE (or --database) names no database Yemai runs on; write {DATABASE_FORMS}.")
    parsed["CONN_MAX_AGE"] = 600
    if kind == "sqlite3":
        parsed["OPTIONS"] = sqlite_options()
    else:
        parsed["CONN_HEALTH_CHECKS"] = True
        parsed["OPTIONS"] = postgresql_options() | parsed.get("OPTIONS", {})
    return parsed


def sqlite_options(synchronous: str = "FULL") -> dict[str, Any]:
    """Write-ahead log, every commit on disk, a wait for the writer's turn (see yemai.base.transactions)."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; "
            "PRAGMA mmap_size=268435456; PRAGMA cache_size=-65536;"
        ),
    }


def postgresql_options() -> dict[str, Any]:
    """Bounded waits: a page never hangs on a query or a lock for longer than a person would wait for it."""
    seconds = whole("YEMAI_STATEMENT_SECONDS", 30, 0, 86400)  # 0 = no bound, for migrations and imports
    return {
        "connect_timeout": 10,
        "application_name": "yemai",
        "options": (
            f"-c statement_timeout={seconds}s -c lock_timeout={min(seconds, 10)}s "
            "-c idle_in_transaction_session_timeout=60s"
        ),
    }


def public_url() -> str:
    """The address people reach the system at, without a slash at its end; links in messages start with it."""
    url = (os.environ.get("YEMAI_URL") or "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise Misconfigured(f"YEMAI_URL is {url!r}; write the address people type, such as https://yemai.example.cn")
    return url


def hosts(url: str) -> list[str]:
    """Names that requests may be addressed to: YEMAI_HOSTS, else the public address; and always this machine's own."""
    return sorted({*LOOPBACK_HOSTS, *(words("YEMAI_HOSTS") or [urlsplit(url).hostname or "localhost"])})


def proxies() -> list[Network]:
    """Reverse proxies whose X-Forwarded-For and -Proto are believed (YEMAI_PROXIES: addresses or networks)."""
    try:
        return [ipaddress.ip_network(word) for word in words("YEMAI_PROXIES")]
    except ValueError as error:
        raise Misconfigured(
            f"YEMAI_PROXIES: {error}; write addresses or networks, such as 127.0.0.1,10.0.0.0/8"
        ) from error


@dataclass(frozen=True)
class Email:
    """Where letters go: to a mail server, or (without one) into a directory, one file each."""

    backend: str
    directory: str = ""
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False


def email(data: Path) -> Email:
    """From YEMAI_EMAIL (smtp://, smtp+tls:// or smtps://USER:PASSWORD@HOST:PORT); a trial without it sends nothing."""
    url = os.environ.get("YEMAI_EMAIL", "")
    if not url:
        return Email("django.core.mail.backends.filebased.EmailBackend", directory=str(data / "mail"))
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        port = parts.port or ports[parts.scheme]
    except (ValueError, KeyError):
        port = 0
    if not port or not parts.hostname:
        raise Misconfigured(
            "YEMAI_EMAIL can't be read; write smtp+tls://USER:PASSWORD@HOST:587 (or smtps://…:465, smtp://…:25)."
        )
    return Email(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp+tls",
        use_ssl=parts.scheme == "smtps",
    )


def sign_in_providers() -> dict[str, Any]:
    """Outside sign-in for django-allauth: one OpenID Connect issuer and the WeChat family, where their keys are given."""
    providers: dict[str, Any] = {}
    issuer, client, key = (os.environ.get(f"YEMAI_OIDC_{part}", "") for part in ("ISSUER", "CLIENT", "SECRET"))
    if issuer or client or key:
        if not (issuer.startswith("https://") and client and key):
            raise Misconfigured(
                "YEMAI_OIDC_ISSUER (https://…), YEMAI_OIDC_CLIENT and YEMAI_OIDC_SECRET are needed together."
            )
        app = {
            "provider_id": "oidc",
            "name": os.environ.get("YEMAI_OIDC_NAME", "统一身份认证"),
            "client_id": client,
            "secret": key,
            "settings": {"server_url": issuer},
        }
        providers["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    client, key = os.environ.get("YEMAI_WEIXIN_CLIENT", ""), os.environ.get("YEMAI_WEIXIN_SECRET", "")
    if client or key:
        if not (client and key):
            raise Misconfigured("YEMAI_WEIXIN_CLIENT and YEMAI_WEIXIN_SECRET are needed together.")
        providers["weixin"] = {"APPS": [{"client_id": client, "secret": key}]} | weixin_kind()
    return providers


def weixin_kind() -> dict[str, Any]:
    """Which of the two WeChat sign-ins the keys belong to (YEMAI_WEIXIN_KIND).

    `website`: a QR code on the screen, scanned with the phone (an app of the open platform); `inside`: pages opened inside
    WeChat itself (an official account).
    """
    kind = text("YEMAI_WEIXIN_KIND", "website")
    if kind not in {"website", "inside"}:
        raise Misconfigured(f"YEMAI_WEIXIN_KIND is {kind!r}; write website or inside.")
    if kind == "website":
        return {}
    return {"AUTHORIZE_URL": "https://open.weixin.qq.com/connect/oauth2/authorize", "SCOPE": ["snsapi_userinfo"]}
