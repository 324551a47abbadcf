"""What goes on in the demo by itself: it goes on, it can be stopped, and it leaves alone what visitors do."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditclock.cli.life import WALK_INS, Life, live
from creditclock.client import Client
from creditclock.portal.logins import OWNER
from tests.api import Api, Json
from tests.portal.demo import Demo
from tests.server import creditclock

ROUND = 17
NAMES = {guest.name for guest in WALK_INS}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("life")) as running:
        yield running


@pytest.fixture(scope="module")
def owner(demo: Demo) -> Api:
    return demo.signed_in(*demo.line("owner").split())


@pytest.fixture
def life(demo: Demo) -> Iterator[Life]:
    with Client(demo.url.rstrip("/")) as desk:
        desk.sign_in(OWNER.login, OWNER.password)
        yield Life(desk)


def _cards(demo: Demo) -> dict[str, Json]:
    return {card["customer"]: card for card in demo.board["cards"] if card["customer"] in NAMES}


def test_guests_come_pause_and_leave(demo: Demo, life: Life) -> None:
    before = {card["customer"]: card["seats"] for card in demo.board["cards"]}
    seen: set[tuple[str, str]] = set()
    for _ in range(ROUND):
        life.step()
        seen |= {(name, card["state"]) for name, card in _cards(demo).items()}
    assert {name for name, state in seen if state == "running"} == NAMES
    assert {name for name, state in seen if state == "paused"} == {"Jonas Weber", "Karin Dahl"}
    after = {card["customer"]: card["seats"] for card in demo.board["cards"] if card["customer"] not in NAMES}
    assert after == before
    told = {entry["text"] for entry in demo.board["events"]}
    assert any(text.startswith("Ivy Chen left Seat 8 after") for text in told)


def test_what_a_visitor_changed_is_left_alone(demo: Demo, owner: Api, life: Life) -> None:
    for card in _cards(demo).values():
        for seat in card["seats"]:
            owner.post(f"/v1/sessions/{seat['id']}/end").ok()
    for _ in range(4):
        life.step()
    karin = _cards(demo)["Karin Dahl"]["seats"][0]
    session = owner.get(f"/v1/sessions/{karin['id']}").ok()
    owner.post(f"/v1/sessions/{karin['id']}/pause", {"seq": session["seq"]}).ok()
    ivy = _cards(demo)["Ivy Chen"]["seats"][0]
    taken = owner.post(f"/v1/sessions/{ivy['id']}/take-over", {}).ok()
    for _ in range(ROUND):
        life.step()
    assert owner.get(f"/v1/sessions/{karin['id']}").ok()["state"] == "paused"
    assert owner.get(f"/v1/sessions/{ivy['id']}").ok()["seq"] == taken["seq"]


def test_it_goes_on_after_trouble_and_stops_when_told(demo: Demo, owner: Api) -> None:
    for customer in owner.get("/v1/customers", login="jonas").ok()["items"]:
        owner.delete(f"/v1/customers/{customer['id']}").ok()
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) > 2 * ROUND

    live(demo.url.rstrip("/"), wait)
    assert len(waits) == 2 * ROUND + 1
    assert max(waits) > min(waits)


def test_it_gives_up_without_a_server() -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) > 1

    live("http://127.0.0.1:9", wait)
    assert len(waits) == 2


def test_a_lively_demo_lives_stops_at_once_and_has_right_books(tmp_path: Path) -> None:
    with Demo(tmp_path, lively=True) as demo:
        until = time.monotonic() + 30
        while not _cards(demo) and time.monotonic() < until:
            time.sleep(0.5)
        assert _cards(demo)
        assert demo.stop(signal.SIGINT)[0] == 0
        assert demo.errors == ""
    assert "The books are right" in creditclock(tmp_path, "check", "--database", "sqlite:///demo/demo.db").stdout
