"""A real browser for tests of pages: Debian's Chromium, driven by Playwright."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
PATIENCE_MS = 10_000


@contextmanager
def browser() -> Generator[Browser]:
    """A browser of one's own; everything in it is gone afterwards."""
    # Chromium refuses its sandbox to root, who needs none to run the tests.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=_program(), args=[*ARGUMENTS, *sandbox])
        try:
            yield running
        finally:
            running.close()


def _program() -> str:
    """Where Chromium is; root on Debian installs it if it is missing."""
    found = os.environ.get("CHROMIUM") or _on_path()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], check=False, capture_output=True, timeout=120)
        subprocess.run(
            INSTALL,
            check=False,
            capture_output=True,
            timeout=600,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
        found = _on_path()
    assert found, f"These tests need Chromium. Run: sudo {' '.join(INSTALL)} - or set CHROMIUM to a program."
    return found


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Visit:
    """A visitor with a browser window of its own; `complaints` is what the browser didn't like."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is now."""
        self.page.evaluate(_axe())
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then((answer) => answer.violations)")
        return [f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']]}" for one in found]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@contextmanager
def visit(browser: Browser, **settings: Any) -> Generator[Visit]:  # noqa: ANN401 - settings of a browser context
    """Somebody looks at pages, on a laptop's screen unless the settings say otherwise."""
    whole: dict[str, Any] = {"viewport": {"width": 1_280, "height": 800}, **settings}
    context = browser.new_context(**whole)
    try:
        yield Visit(context)
    finally:
        context.close()
