"""The readers of the environment: what is right becomes a setting, what is wrong gets a sentence that helps."""

import os
import stat
from pathlib import Path

import pytest

from yemai.conf import environment
from yemai.conf.environment import Misconfigured

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("postgres://anna:p%40ss@db.local:5433/yemai", "django.db.backends.postgresql"),
        ("postgresql:///yemai?host=/run/postgresql", "django.db.backends.postgresql"),
        ("sqlite:////tmp/town.sqlite3", "django.db.backends.sqlite3"),
    ],
)
def test_database_addresses_that_work(url: str, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_DATABASE", url)
    assert environment.database(tmp_path)["ENGINE"] == engine


def test_database_is_sqlite_in_the_data_directory_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YEMAI_DATABASE", raising=False)
    description = environment.database(tmp_path)
    assert Path(description["NAME"]) == tmp_path / "yemai.sqlite3"
    assert description["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in description["OPTIONS"]["init_command"]


def test_what_a_database_address_says_wins_over_our_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_DATABASE", "postgres://u:p@h/n?sslmode=require&connect_timeout=3")
    options = environment.database(tmp_path)["OPTIONS"]
    assert (options["sslmode"], str(options["connect_timeout"])) == ("require", "3")
    assert "statement_timeout" in options["options"]


@pytest.mark.parametrize(
    "url", ["foo://x", "mysql://u:p@h/n", "just words", "postgres://u:p@h:port/n", "postgres://u@h/"]
)
def test_database_addresses_that_do_not(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_DATABASE", url)
    with pytest.raises(Misconfigured, match=r"postgres://USER:PASSWORD@HOST:PORT/NAME") as told:
        environment.database(tmp_path)
    assert "p@h" not in str(told.value), "a password must not be shown"


def test_a_data_directory_that_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("YEMAI_DATA", str(tmp_path / "taken"))
    with pytest.raises(Misconfigured, match=r"can't be used.*--data DIR or YEMAI_DATA"):
        environment.data_directory()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_directory_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("YEMAI_DATA", str(tmp_path))
    with pytest.raises(Misconfigured, match="Permission denied"):
        environment.data_directory()


@pytest.mark.parametrize("word", ["maybe", "2", "ja"])
def test_a_flag_neither_yes_nor_no(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_HTTPS", word)
    with pytest.raises(Misconfigured, match="write 1 for yes or 0 for no"):
        environment.flag("YEMAI_HTTPS")


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YEMAI_SECRET", raising=False)
    first = environment.secret(tmp_path)
    assert environment.secret(tmp_path) == first
    assert len(first) >= 48
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"], "nothing else is left behind"


@pytest.mark.parametrize("weak", ["short", "a" * 60])
def test_a_weak_secret_is_refused(weak: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_SECRET", weak)
    with pytest.raises(Misconfigured, match="too weak"):
        environment.secret(tmp_path)


def test_sealing_keys_stay_and_may_be_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YEMAI_KEYS", raising=False)
    keys, blind = environment.sealing_keys(tmp_path)
    assert list(keys) == ["k1"]
    path = tmp_path / "keys"
    path.write_text(path.read_text() + "k2 " + "A" * 43 + "=\n")
    again, same_blind = environment.sealing_keys(tmp_path)
    assert list(again) == ["k1", "k2"], "the newest comes last: it is the one that seals"
    assert (again["k1"], same_blind) == (keys["k1"], blind)


@pytest.mark.parametrize("text", ["k1 c2hvcnQ=", "k1 ***", "blind " + "A" * 43 + "=", "k1 " + "A" * 43 + "="])
def test_sealing_keys_that_are_not(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_KEYS", text)
    with pytest.raises(Misconfigured, match="keys"):
        environment.sealing_keys(tmp_path)


@pytest.mark.parametrize("url", ["yemai.example.cn", "ftp://x", "https://", "https://x/path", "https://x?y=1"])
def test_public_addresses_that_are_not(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_URL", url)
    with pytest.raises(Misconfigured, match="YEMAI_URL"):
        environment.public_url()


def test_this_machine_may_always_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_HOSTS", "yemai.example.cn")
    assert set(environment.hosts("http://ignored")) == {"yemai.example.cn", "localhost", "127.0.0.1", "[::1]"}


def test_email(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YEMAI_EMAIL", raising=False)
    assert environment.email(tmp_path).directory == str(tmp_path / "mail"), "a trial sends nothing to anybody"
    monkeypatch.setenv("YEMAI_EMAIL", "smtp+tls://town%40mail:p%2Fw@mail.example.cn")
    server = environment.email(tmp_path)
    assert (server.user, server.password, server.port, server.use_tls) == ("town@mail", "p/w", 587, True)
    monkeypatch.setenv("YEMAI_EMAIL", "mail.example.cn:25")
    with pytest.raises(Misconfigured, match="YEMAI_EMAIL"):
        environment.email(tmp_path)


def test_half_a_sign_in_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_OIDC_ISSUER", "https://id.example.cn")
    with pytest.raises(Misconfigured, match="needed together"):
        environment.sign_in_providers()


def test_proxies_that_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YEMAI_PROXIES", "nginx")
    with pytest.raises(Misconfigured, match="addresses or networks"):
        environment.proxies()
