"""The page of the running clocks."""

import json
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from creditclock.portal.board import Board
from creditclock.portal.pages import board_page
from creditclock.portal.words import digits, money, spoken, thousandths
from tests.conftest import Servers
from tests.portal.demo import Demo
from tests.web.raw import Raw, say

POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("board")) as running:
        yield running


class Elements(HTMLParser):
    """The elements of a page, with their attributes and the text inside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's own signature
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in {"script", "style"}:
            self.inside += data


def test_the_page_shows_every_clock_without_scripts(demo: Demo) -> None:
    page, board = demo.page, demo.board
    for card in board["cards"]:
        assert f'data-clock="{card["id"]}"' in page
        assert f">{card['customer']}<" in page
    for clock in board["idle"]:
        assert f">{clock['customer']}<" in page
    for word in ("Running", "Ends soon", "Paused"):
        assert f">{word}<" in page


def test_clocks_count_down_to_an_end_that_stays(demo: Demo) -> None:
    first = demo.board
    time.sleep(0.2)
    second = demo.board
    passed = second["as_of"] - first["as_of"]
    assert passed >= 200
    for before, after in zip(first["cards"], second["cards"], strict=True):
        assert before["id"] == after["id"]
        assert before["at"] == after["at"]
        burned = passed * before["burn_rate"] / 1_000
        assert before["left_ms"] - after["left_ms"] == (passed if before["state"] == "running" else 0)
        assert before["balance_ms"] - after["balance_ms"] == pytest.approx(burned, abs=1)


def test_the_page_is_strict(demo: Demo) -> None:
    answer = demo.api.get("/")
    for directive in POLICY:
        assert directive in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    elements = Elements(demo.page)
    assert elements.inside.strip() == ""
    assert "style" not in {tag for tag, _ in elements.found}
    for tag, attributes in elements.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        for name in ("src", "href"):
            assert not re.match(r"[a-z]+:|//", attributes.get(name) or ""), (tag, attributes)
        if tag in {"script", "link", "img"}:
            assert demo.api.get(attributes.get("src") or attributes["href"] or "").status == 200


def test_names_and_notes_are_text(demo: Demo) -> None:
    owner = demo.signed_in(*demo.line("owner").split())
    customer = owner.post("/v1/customers", {"login": "eve", "name": '<b id="x">&'}).ok()
    owner.post(f"/v1/clocks/{customer['clocks'][0]}/grant", {"ms": 60_000}).ok()
    owner.post(f"/v1/clocks/{customer['clocks'][0]}/sessions", {"note": "</ul><script>"}).ok()
    page = demo.page
    assert "&lt;b id=&#34;x&#34;&gt;&amp;" in page
    assert "&lt;/ul&gt;&lt;script&gt;" in page


def test_a_clock_that_ran_empty_stays_for_a_while(demo: Demo) -> None:
    owner = demo.signed_in(*demo.line("owner").split())
    customer = owner.post("/v1/customers", {"login": "zoe", "name": "Zoe"}).ok()
    owner.post(f"/v1/clocks/{customer['clocks'][0]}/grant", {"ms": 100}).ok()
    session = owner.post(f"/v1/clocks/{customer['clocks'][0]}/sessions", {}).ok()
    time.sleep(0.2)
    (card,) = [card for card in demo.board["cards"] if card["customer"] == "Zoe"]
    assert (card["state"], card["left_ms"], card["seats"]) == ("empty", 0, [])
    assert demo.api.holding(owner.token).get(f"/v1/sessions/{session['id']}").ok()["reason"] == "empty"
    assert ">Time’s up<" in demo.page


def test_an_empty_board_says_how_to_start_a_clock() -> None:
    nothing = Board(
        as_of=0,
        clock="12:00:00",
        title="0 businesses",
        low_ms=1,
        businesses=[],
        running=0,
        paused=0,
        burn_rate=0,
        used="0",
        next_end=None,
        next_name=None,
        cards=[],
        idle=[],
        usage=[],
        events=[],
        is_cut=False,
    )
    page = board_page(nothing).decode()
    assert '<div class="nothing" id="nothing">' in page
    assert "creditclock meter --clock" in page


def test_a_server_that_is_no_demo_shows_no_clocks(servers: Servers) -> None:
    api = servers.kept("sqlite", test_clock=False).nobody
    answer = api.get("/")
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert 'href="/docs"' in answer.body.decode()
    assert api.get("/board.json").status == 404


@pytest.mark.parametrize(
    ("ms", "shown"), [(0, "0:00"), (1, "0:01"), (60_000, "1:00"), (3_599_001, "1:00:00"), (360_000_000, "100:00:00")]
)
def test_durations_show_zero_only_at_the_end(ms: int, shown: str) -> None:
    assert digits(ms) == shown


def test_burn_rates_have_no_needless_zeros() -> None:
    assert [thousandths(rate) for rate in (0, 1_000, 1_500, 1, 10_000)] == ["0", "1", "1.5", "0.001", "10"]


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 seconds"),
        (1_000, "1 second"),
        (59_999, "1 minute"),
        (92_000, "1 minute 30 seconds"),
        (299_990, "5 minutes"),
        (3_600_000, "1 hour"),
        (5_430_000, "1 hour 31 minutes"),
        (2**53 - 1, "2501999792 hours 59 minutes"),
    ],
)
def test_durations_are_said_in_words(ms: int, said: str) -> None:
    assert spoken(ms) == said


def test_amounts_have_the_decimals_of_their_currency() -> None:
    units = [("EUR", 2), ("CREDIT", 0), ("BTC", 4)]
    assert [money(12_345, *unit) for unit in units] == ["123.45 EUR", "12345 CREDIT", "1.2345 BTC"]
    assert [money(-5, *unit) for unit in units] == ["−0.05 EUR", "−5 CREDIT", "−0.0005 BTC"]


def test_demo_answers_on_this_machine_only(demo: Demo) -> None:
    """A page whose name somebody lets point here (DNS rebinding) gets nothing of what the demo shows to everybody."""
    for path in ("/", "/board.json", "/board/events", "/board/clocks/clk_0000000000000000000", "/v1/who"):
        host = f"evil.example:{demo.port}"
        (said,) = say(demo, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert said.status == 421
    assert demo.api.get("/board.json").status == 200


def test_one_reader_too_many_is_told_when_to_come_back(demo: Demo) -> None:
    readers = [Raw(demo) for _ in range(210)]
    try:
        for reader in readers:
            reader.send(b"GET /board/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = [reader.answer() for reader in readers]
    finally:
        for reader in readers:
            reader.socket.close()
    refused = [one for one in said if one and one.status != 200]
    assert refused
    assert {(one.status, one.headers["retry-after"]) for one in refused} == {(503, "5")}
    assert all(json.loads(one.body)["code"] == "busy" for one in refused)
