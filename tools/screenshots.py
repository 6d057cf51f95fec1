"""Draw the pages that the READMEs show: `.venv/bin/python -m tools.screenshots`, into docs/screenshots.

A demo town is made in a directory that goes with it and served; Chromium looks at it on a phone (390 px) and at a desk
(1366 px), in Chinese and in English. Needs requirements/test.txt and Debian's chromium and fonts-noto-cjk.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PLACE = Path(__file__).parents[1] / "docs" / "screenshots"
PASSWORD = "yemai-demo-2026"  # noqa: S105 - the invented town's, printed by `./dev up`
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
PAGES = (
    ("worker", PHONE, "wangxiaochuan", "/work/"),
    ("leader", PHONE, "zhaotiesheng", "/work/consult/"),
    ("board", PHONE, "", "/boards/990101100001100001/"),
    ("centre", DESK, "xuzhiqiu", "/work/dispatch/"),
    ("intake", DESK, "linxiaoman", "/intake/new/"),
    ("department", DESK, "luping", "/work/"),
    ("office", DESK, "guanning", "/office/"),
)
WORDS = {
    "zh": ("3栋二单元门口的路灯不亮，晚上看不见台阶。", "纺织院3栋"),
    "en": ("The lamp at the door of building 3 is dark.", "3栋"),
}


@contextmanager
def served() -> Iterator[str]:
    """The address of a demo town of our own."""
    with closing(socket.socket()) as probe, tempfile.TemporaryDirectory() as room:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        environment = {**os.environ, "YEMAI_DATA": room, "LANG": "C.UTF-8"}
        command = [sys.executable, "-m", "yemai.conf.cli", "up", "--demo", "--port", port]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
        try:
            assert process.stdout  # noqa: S101 - asked for above
            for line in process.stdout:
                if PASSWORD in line:
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate(timeout=30)


def opened(browser: Browser, address: str, language: str, device: dict[str, Any], user: str) -> Page:
    """A page of a person (or of nobody), in a language."""
    context = browser.new_context(
        base_url=address, locale=LANGUAGES[language], timezone_id="Asia/Shanghai", device_scale_factor=1, **device
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    if user:
        page.goto("/sign-in/")
        page.fill("[name=login]", user)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)
        if language == "en":  # people of the town read Chinese until they say otherwise
            page.click("text=English")
            page.wait_for_selector("html[lang=en]")
    return page


def keep(page: Page, language: str, name: str) -> None:
    """Write what is seen."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PLACE / language / f"{name}.png")
    print(f"{language}/{name}.png")
    page.context.close()


def resident(browser: Browser, address: str, language: str) -> None:
    """Report something, and what the phone shows then."""
    page = opened(browser, address, language, PHONE, "")
    page.goto("/report/")
    text, place = WORDS[language]
    page.fill("[name=text]", text)
    page.fill("[name=place_text]", place)
    page.screenshot(path=PLACE / language / "report.png")
    page.click("form [type=submit]:visible")
    page.wait_for_selector("[name=not_duplicate], .progress-words", state="attached")
    if page.query_selector("[name=not_duplicate]"):  # "is it one of these?"
        page.click("form:has([name=not_duplicate]) [type=submit]")
    page.wait_for_url("**/r/**")
    keep(page, language, "tracking")


def main() -> None:
    """All of them."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("No Chromium here: apt install chromium fonts-noto-cjk")
    with served() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for language in LANGUAGES:
            (PLACE / language).mkdir(parents=True, exist_ok=True)
            resident(browser, address, language)
            for name, device, user, path in PAGES:
                page = opened(browser, address, language, device, user)
                page.goto(path)
                keep(page, language, name)
        browser.close()


if __name__ == "__main__":
    main()
