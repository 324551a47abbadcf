"""The board in a real browser: what somebody sees and can do there."""

import itertools
import math
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.api import Api, Json
from tests.conftest import Servers
from tests.portal.browser import Visit, browser, visit
from tests.portal.demo import Demo
from tests.timing import keeps

SOON_S = 2
PHONE = {"width": 360, "height": 740}
WIDE = {"width": 3_840, "height": 2_160}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def owner(demo: Demo) -> Api:
    return demo.signed_in(*demo.line("owner").split())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[Visit]:
    """Somebody who looks at the board and finds nothing to complain about."""
    with visit(chromium) as found:
        _open(found.page, demo)
        yield found
        assert found.complaints == []


@pytest.fixture
def page(visitor: Visit) -> Page:
    return visitor.page


def _open(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def _guest(owner: Api, name: str, ms: int) -> Json:
    """A new customer with time on the clock."""
    customer = owner.post("/v1/customers", {"login": name.lower().replace(" ", "."), "name": name}).ok()
    owner.post(f"/v1/clocks/{customer['clocks'][0]}/grant", {"ms": ms}).ok()
    return customer


def _start(owner: Api, customer: Json, seat: str) -> Json:
    return owner.post(f"/v1/clocks/{customer['clocks'][0]}/sessions", {"note": seat, "lease_ms": 600_000}).ok()


def _tile(page: Page, name: str) -> Locator:
    """The tile or line of a clock."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name, exact=True))


def _focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent")


def _width(page: Page) -> tuple[int, int]:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return wide, room


SAMPLES = """(node, frames) => new Promise((done) => {
  const found = [];
  const look = () => {
    found.push([performance.now(), parseFloat(node.textContent.slice(2))]);
    found.length < frames ? requestAnimationFrame(look) : done(found);
  };
  look();
})"""


def _error(left: Locator, frames: int) -> float:
    """How far what is shown differs from the time that passed, in seconds; endless if it counted up or stood."""
    samples: list[tuple[float, float]] = left.evaluate(SAMPLES, frames)
    shown = [value for _, value in samples]
    if shown != sorted(shown, reverse=True) or len(set(shown)) < 5:
        return math.inf
    return abs(shown[0] - shown[-1] - (samples[-1][0] - samples[0][0]) / 1_000)


def test_tiles_count_down_smoothly(owner: Api, page: Page) -> None:
    session = _start(owner, _guest(owner, "Smooth", 50_000), "Seat 20")
    left = _tile(page, "Smooth").get_by_role("timer")
    expect(left).to_have_text(re.compile(r"^0:4\d\.\d left$"))
    keeps(0.35, lambda: _error(left, 60))
    owner.post(f"/v1/sessions/{session['id']}/end").ok()


def test_a_slow_answer_moves_no_countdown(owner: Api, page: Page) -> None:
    session = _start(owner, _guest(owner, "Slow", 59_000), "Seat 24")
    left = _tile(page, "Slow").get_by_role("timer")
    expect(left).to_have_text(re.compile(r"^0:5\d\.\d left$"))
    late: list[bool] = []

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        time.sleep(0.9)
        route.fulfill(response=answer)
        late.append(True)

    page.route("**/board.json", answer_late)

    def error() -> float:
        late.clear()
        _guest(owner, f"Slow {time.monotonic_ns()}", 1_000)
        found = _error(left, 150)
        return found if late else math.inf

    keeps(0.35, error)
    page.unroute_all(behavior="ignoreErrors")
    owner.post(f"/v1/sessions/{session['id']}/end").ok()


def test_a_change_from_elsewhere_is_seen_within_two_seconds(owner: Api, page: Page) -> None:
    def slowest_s() -> float:
        name = f"Mira Elsewhere {time.monotonic_ns()}"
        tile = _tile(page, name)
        times = [time.monotonic()]

        def is_seen(*texts: str) -> None:
            for text in texts:
                expect(tile).to_contain_text(text)
            times.append(time.monotonic())

        customer = _guest(owner, name, 3_600_000)
        is_seen("1:00:00 on the clock")
        session = _start(owner, customer, "Seat 21")
        is_seen("Running", "Seat 21")
        expect(tile.get_by_role("timer")).to_contain_text("59:")
        times.append(time.monotonic())
        owner.post(f"/v1/sessions/{session['id']}/pause", {"seq": session["seq"]}).ok()
        is_seen("Seat 21 (paused)", "Paused")
        owner.post(f"/v1/sessions/{session['id']}/end").ok()
        is_seen("on the clock")
        return max(seen - begun for begun, seen in itertools.pairwise(times))

    keeps(SOON_S, slowest_s)


def test_what_happens_is_told_in_sentences(owner: Api, page: Page) -> None:
    feed = page.get_by_role("list", name="What happened")
    customer = _guest(owner, "Nora Feed", 300)
    expect(feed).to_contain_text("Nora Feed is a new customer")
    owner.post(f"/v1/wallets/{customer['wallets'][0]}/top-up", {"amount": 1_250}).ok()
    expect(feed).to_contain_text("Nora Feed topped up 12.50 EUR")
    _start(owner, customer, "Seat 22")
    expect(feed.get_by_role("listitem").first).to_contain_text("Nora Feed’s time ran out on Seat 22")
    expect(_tile(page, "Nora Feed")).to_contain_text("Time’s up")
    expect(page.get_by_role("status").filter(has_text="Nora Feed’s time ran out")).to_have_count(1)


def test_totals_say_what_runs_and_what_it_costs(demo: Demo, page: Page) -> None:
    board = demo.board
    totals = page.locator("#totals")
    for text in (str(board["running"]), board["next_name"], "EUR"):
        expect(totals).to_contain_text(text)
    chart = page.get_by_role("img", name=re.compile(r"Credits used per minute\. \d+\.\d\d EUR in the last 60 minutes"))
    expect(chart).to_be_visible()


def test_typing_filters(page: Page) -> None:
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Filter clocks")
    expect(box).to_be_focused()
    page.keyboard.type("CHLOE")
    expect(_tile(page, "Chloé Martin")).to_be_visible()
    expect(_tile(page, "Ann Berger")).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^1 of \d+ clocks$"))).to_have_count(1)
    box.fill("nobody at all")
    expect(page.get_by_text("No clock matches.")).to_be_visible()
    box.press("Escape")
    expect(_tile(page, "Ann Berger")).to_be_visible()
    box.fill("lounge")
    expect(_tile(page, "Daniel Novák")).to_be_visible()
    box.press("Enter")
    assert _focused(page) == "Daniel Novák"


def test_the_keyboard_goes_from_clock_to_clock(page: Page) -> None:
    links = page.locator("#cards h3 a")
    links.first.focus()
    names = links.all_text_contents()
    page.keyboard.press("ArrowRight")
    assert _focused(page) == names[1]
    assert page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle") == "solid"
    page.keyboard.press("ArrowLeft")
    assert _focused(page) == names[0]
    page.keyboard.press("ArrowDown")
    assert _focused(page) != names[0]
    page.keyboard.press("ArrowUp")
    assert _focused(page) == names[0]
    page.keyboard.press("Tab")
    assert _focused(page) == names[1]
    page.keyboard.press("Home")
    assert _focused(page) == names[0]


def test_a_clock_shows_its_details_and_gives_focus_back(owner: Api, page: Page) -> None:
    customer = _guest(owner, "Della Tails", 3_600_000)
    _start(owner, customer, "Seat 23")
    link = page.get_by_role("link", name="Della Tails")
    expect(_tile(page, "Della Tails")).to_contain_text("Running")
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Della Tails")
    for text in ("Seat 23", "Granted", "3.00 EUR an hour", customer["clocks"][0]):
        expect(dialog).to_contain_text(text)
    before = dialog.locator("[data-field=left]").text_content()
    expect(dialog.locator("[data-field=left]")).not_to_have_text(before or "")
    owner.post(f"/v1/clocks/{customer['clocks'][0]}/grant", {"ms": 7_200_000}).ok()
    expect(dialog).to_contain_text("2:00:00")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_the_theme_is_remembered(demo: Demo, page: Page) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("radio", name="Dark").check()
    dark = page.evaluate(colour)
    assert dark != light
    _open(page, demo)
    assert page.evaluate(colour) == dark
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    page.get_by_role("radio", name="System").check()
    assert page.evaluate(colour) == light


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_anybodys_way(chromium: Browser, demo: Demo, theme: str) -> None:
    with visit(chromium, color_scheme=theme, reduced_motion="reduce") as visitor:
        _open(visitor.page, demo)
        assert visitor.violations() == []
        visitor.page.get_by_role("link", name="Emi Tanaka").click()
        expect(visitor.page.get_by_role("dialog")).to_contain_text("Seat 5")
        assert visitor.violations() == []


def test_the_page_of_a_real_server_looks_alike(chromium: Browser, servers: Servers) -> None:
    port = servers.kept("sqlite", test_clock=False).port
    for theme in ("light", "dark"):
        with visit(chromium, color_scheme=theme, viewport=PHONE) as visitor:
            visitor.page.goto(f"http://127.0.0.1:{port}/")
            expect(visitor.page.get_by_role("link", name="API reference Every operation")).to_be_visible()
            wide, room = _width(visitor.page)
            assert wide <= room
            assert visitor.violations() == []
            assert visitor.complaints == []


@pytest.mark.parametrize("size", [PHONE, WIDE, {"width": 640, "height": 400}])
def test_it_fits_every_screen(chromium: Browser, demo: Demo, size: Json) -> None:
    with visit(chromium, viewport=size) as visitor:
        _open(visitor.page, demo)
        wide, room = _width(visitor.page)
        assert wide <= room
        visitor.page.get_by_role("link", name="Emi Tanaka").click()
        dialog = visitor.page.get_by_role("dialog", name="Emi Tanaka")
        expect(dialog).to_contain_text("Seat 5")
        box = dialog.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= room
        assert visitor.complaints == []


def test_it_can_be_read_without_scripts(chromium: Browser, demo: Demo) -> None:
    with visit(chromium, java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto(demo.url)
        for card in demo.board["cards"]:
            expect(page.get_by_role("heading", name=card["customer"], exact=True)).to_be_visible()
        expect(page.get_by_text("Without scripts this page stands still")).to_be_visible()
        expect(page.get_by_role("searchbox")).to_have_count(0)
        expect(page.get_by_role("radio")).to_have_count(0)
        page.get_by_role("link", name="Emi Tanaka").click()
        expect(page.get_by_role("heading", name="Emi Tanaka", level=1)).to_be_visible()
        page.get_by_role("link", name="All clocks").click()
        expect(page.get_by_role("heading", name="Corner Café", level=1)).to_be_visible()


def test_little_motion_is_respected(chromium: Browser, demo: Demo, owner: Api) -> None:
    with visit(chromium, reduced_motion="reduce") as visitor:
        _open(visitor.page, demo)
        _start(owner, _guest(owner, "Calm", 55_000), "Seat 25")
        expect(_tile(visitor.page, "Calm").get_by_role("timer")).to_have_text(re.compile(r"^0:5\d left$"))
        assert visitor.page.evaluate("document.getAnimations().length") == 0


def test_a_lost_connection_is_said_and_comes_back(chromium: Browser, tmp_path: Path) -> None:
    with Demo(tmp_path) as demo, visit(chromium) as visitor:
        page = visitor.page
        _open(page, demo)
        demo.stop(signal.SIGTERM)
        lost = page.get_by_text("The server doesn’t answer. The clocks count on")
        expect(lost).to_be_visible()
        expect(page.get_by_text("Not connected since")).to_be_visible()
        left = _tile(page, "Ann Berger").get_by_role("timer")
        first = left.text_content()
        expect(left).not_to_have_text(first or "")
        demo.start()
        expect(lost).to_be_hidden()
        expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_another_business_joins_the_board(chromium: Browser, demo: Demo) -> None:
    operator = demo.signed_in(*demo.line("operator").split())
    with visit(chromium) as visitor:
        page = visitor.page
        _open(page, demo)
        body = {"name": "Library", "login": "library", "password": "library-demo", "currency": "CREDIT", "exponent": 0}
        operator.post("/v1/masters", body).ok()
        page.evaluate("dispatchEvent(new Event('online'))")  # it looks by itself too, within ten seconds
        expect(page.get_by_role("heading", level=1)).to_have_text("2 businesses", timeout=15_000)
        librarian = demo.signed_in("library", "library-demo")
        _start(librarian, _guest(librarian, "Lea", 500_000), "Desk 1")
        expect(_tile(page, "Lea")).to_contain_text("Library")
        expect(page.get_by_role("list", name="What happened")).to_contain_text("Library: Lea started on Desk 1")
        expect(page.get_by_role("img", name="Credits used per minute")).to_have_count(2)
        assert visitor.complaints == []
