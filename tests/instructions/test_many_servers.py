"""Several servers on one PostgreSQL: what one was told, the next one knows, token, master and timer alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

import pytest

from tests.api import Json
from tests.conftest import Servers
from tests.instructions.conftest import FREE
from tests.instructions.desk import FOR_EVENTS, WIRES, Desk, post
from tests.instructions.walk import Walker
from tests.server import Server

# Three servers start, on a machine that may be busy.
pytestmark = pytest.mark.timeout(600)
WALKERS = 3
PAYS = 42


@pytest.fixture(scope="module")
def three(servers: Servers) -> Iterator[list[Server]]:
    """Three servers that share a database and, as they must, a key file."""
    folder, database = servers.folder(), servers.database("postgresql")
    with ExitStack() as stack:
        found = [Server(servers.folder(), database, flags=("--instruction-set", "open")) for _ in range(3)]
        for server in found:
            (server.folder / "creditclock.toml").write_text(f'{FREE}keys = "{folder / "creditclock.keys"}"\n')
            stack.enter_context(server)
        yield found
        assert not found[0].check()
        for server in found:
            assert "Traceback" not in server.log


class Roamer(Walker):
    """Sends each instruction to the next server."""

    def __init__(self, servers: list[Server], number: int) -> None:
        super().__init__(servers[0], number)
        self._turns = cycle(servers)

    def send(self, label: str, **given: Json) -> Json:
        """At the next server."""
        self.server = next(self._turns)
        return super().send(label, **given)


def test_walkers_go_from_server_to_server(three: list[Server]) -> None:
    walkers = [Roamer(three[number:] + three[:number], number) for number in range(1, 1 + WALKERS)]
    with ThreadPoolExecutor(WALKERS) as pool:
        for done in [pool.submit(walker.walk) for walker in walkers]:
            done.result()
    assert all(walker.seen == WIRES.keys() - FOR_EVENTS.keys() for walker in walkers)


def test_one_session_pays_at_all_servers_at_once(three: list[Server]) -> None:
    desk = Desk.logged_in(three[0], "ann", credits=PAYS // 2)
    desk.add("ben")
    desk.ok("SwitchAccount", account="ann@ex.org")
    body = desk.body("PayCredits", pay="ben@ex.org", credits=1)

    def pay(server: Server) -> Json:
        return post(server.nobody, body).json

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(pay, three * (PAYS // 3)))
    assert sum(not answer["failed"] for answer in answers) == PAYS // 2
    assert {answer["details"] for answer in answers if answer["failed"]} == {"insufficient_credits"}
    assert desk.wallet()["credits"] == 0
