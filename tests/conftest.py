"""What every test may ask for: a fixed moment, a clock to turn, and a real browser on a served town."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import deactivate

from yemai.base.parameters.queries import forget

CHINA = ZoneInfo("Asia/Shanghai")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SHARED_DATA = Path(os.environ.get("YEMAI_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")


class Clock:
    """The time as the system sees it (`django.utils.timezone.now`); stands still until it is turned."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment it stands at."""
        return self.moment

    def set(self, moment: datetime) -> datetime:
        """Turn it to a moment (aware)."""
        self.moment = moment
        return moment

    def advance(self, **amount: float) -> datetime:
        """Turn it on by a timedelta's words: `clock.advance(hours=2)`."""
        return self.set(self.moment + timedelta(**amount))


@pytest.fixture
def now() -> datetime:
    """An ordinary working moment: Wednesday 4 March 2026, 10:00 in China; no holiday or make-up day near it."""
    return datetime(2026, 3, 4, 10, 0, tzinfo=CHINA)


@pytest.fixture
def clock(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The system's clock, standing at `now`."""
    fixed = Clock(now)
    monkeypatch.setattr(timezone, "now", fixed.now)
    return fixed


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The directory of real input beside the checkout; tests that need it are skipped, in words, where it is not."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real input at {SHARED_DATA}; name its directory in YEMAI_SHARED_DATA")
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The machine's own Chromium, driven by playwright; one per test process."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if os.environ.get("YEMAI_NO_BROWSER") or program is None:
        pytest.skip("no Chromium on this machine (apt install chromium), or YEMAI_NO_BROWSER is set")
    from playwright.sync_api import sync_playwright

    # playwright's event loop runs in this thread; the tests use the database from it on purpose, one thing at a time.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=zh-CN"]
        )
        yield browser
        browser.close()


def _context(browser: Any, address: str, **more: Any) -> Any:
    return browser.new_context(base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", **more)


@pytest.fixture
def phone(chromium: Any, live_server: Any) -> Iterator[Any]:
    """A page 390 px wide with a finger, on a served town; `page.goto("/")`."""
    context = _context(
        chromium, live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(chromium: Any, live_server: Any) -> Iterator[Any]:
    """A page 1366 px wide with a keyboard and mouse, on a served town."""
    context = _context(chromium, live_server.url, viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def pytest_runtest_setup() -> None:
    """What the last test left in its thread goes: parameters of a transaction rolled back, the language of a command."""
    forget()
    deactivate()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the browser is marked so, and stays in one test process: two Chromiums fight over two cores.

    The others stay together by file: what a file builds for all its tests is built once.
    """
    for item in items:
        if {"chromium", "phone", "desk"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
        else:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
