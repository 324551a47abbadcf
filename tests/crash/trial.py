"""A trial: blow after blow under load, and after each a look whether every promise was kept."""

import random
import time
from collections import defaultdict
from collections.abc import Callable

import psycopg

from creditclock.contract.values import master_of
from tests.crash.blows import Scene, blows_of, wait_until_ready
from tests.crash.deeds import Deed, balances, repeats, shown
from tests.crash.load import Load
from tests.crash.shifted import shiftable
from tests.postgres import PostgresServer
from tests.server import Server

SETTLE_S = 60
REPEATED = 60
"""How many sure answers of a round are asked for again."""
CHECK_EVERY = 5


class Broken(AssertionError):  # noqa: N818 - it states a fact
    """A promise was broken."""


class Trial:
    """A server under load, and how long it took to be ready again after each kind of blow."""

    def __init__(self, kind: str, server: Server, postgres: PostgresServer | None, seed: int) -> None:
        self.kind = kind
        self.server = shiftable(server)
        self.postgres = postgres
        self.numbers = random.Random(seed)
        self.ready_s: defaultdict[str, list[float]] = defaultdict(list)
        self.rounds = 0
        server.start()
        self.load = Load(server, seed)

    @property
    def deeds(self) -> int:
        return len(self.load.deeds)

    def round(self, name: str, seconds: float) -> None:
        """One blow of this name. Raises `Broken` with what is wrong."""
        blow = blows_of(self.kind)[name]
        over: list[float] = []

        def strike() -> None:
            blow(Scene(self.server, self.load, self.postgres, self.numbers, lambda: over.append(time.monotonic())))
            wait_until_ready(self.server)
            self.ready_s[name].append(time.monotonic() - over[0])

        new = self.load.run(strike, self.numbers.uniform(0.2, 1) * seconds)
        self.rounds += 1
        self._settle([deed for deed in new if deed.answer is None])
        self._repeat([deed for deed in new if deed.answer is not None])
        self._count()
        if self.rounds % CHECK_EVERY == 0:
            self.check()

    def check(self) -> None:
        """The books, and what the log says."""
        if said := self.server.check():
            raise Broken(said)
        if "Traceback" in self.server.log:
            raise Broken(f"a traceback in the log:\n{self.server.log[-4_000:]}")

    def _settle(self, deeds: list[Deed]) -> None:
        """What got no sure answer is sent again with its key, until it gets one."""
        until = time.monotonic() + SETTLE_S
        for deed in deeds:
            while (answer := deed.ask()) is None:
                if time.monotonic() > until:
                    raise Broken(f"no sure answer in {SETTLE_S} s: {shown(deed)}")
                time.sleep(0.05)
            deed.answer = answer

    def _repeat(self, deeds: list[Deed]) -> None:
        """The last sure answers and some of the others come again, byte for byte."""
        last, others = deeds[-REPEATED // 2 :], deeds[: -REPEATED // 2]
        for deed in last + self.numbers.sample(others, min(len(others), REPEATED // 2)):
            again = deed.ask()
            if again is not None and not repeats(deed, again):
                raise Broken(f"another answer: {shown(deed)}\nnow: {again}")

    def _count(self) -> None:
        """Every wallet holds the sum of what was answered, and events and ends are as they must be."""
        expected = balances(self.load.deeds)
        for shop in self.load.shops:
            key = self.server.nobody.holding(shop.key.token)
            for wallet in (one for one in expected if master_of(one) == master_of(shop.id)):
                held = key.get(f"/v1/wallets/{wallet}").ok()["balance"]
                if held != expected[wallet]:
                    raise Broken(f"{wallet} holds {held}, and {expected[wallet]} was answered")
        self._look("a gap in the numbers of events", _GAPS)
        self._look("charged after the end", _LATE_CHARGES)
        self._look("a lease lapsed in an outage", _LAPSED_IN_OUTAGES)
        self._look("used more than the time from start to end", _TOO_MUCH)

    def _look(self, what: str, statement: str) -> None:
        try:
            found = self.server.rows(statement)
        except psycopg.OperationalError:
            # The blow ended this connection as well; the next one is new.
            found = self.server.rows(statement)
        if found:
            raise Broken(f"{what}: {found[:5]}")


def run(trial: Trial, names: list[str], rounds: int, seconds: float, tell: Callable[[str], None]) -> None:
    """So many rounds, each kind of blow in its turn; a last look at everything in the end."""
    for number in range(rounds):
        name = names[number % len(names)]
        tell(f"{trial.kind}: {number + 1} of {rounds}, {trial.deeds} requests, now: {name}")
        trial.round(name, seconds)
    trial.check()


_GAPS = "SELECT master_id, count(*), max(no) FROM event GROUP BY master_id HAVING count(*) <> max(no)"
_LATE_CHARGES = (
    "SELECT s.id, s.ended_at, p.at FROM session AS s JOIN posting AS p ON p.master_id = s.master_id"
    " AND p.session = s.id WHERE s.ended_at IS NOT NULL AND p.at > s.ended_at"
)
_LAPSED_IN_OUTAGES = (
    "SELECT s.id, s.ended_at, o.from_at, o.until_at FROM session AS s JOIN outage AS o"
    " ON s.ended_at >= o.from_at AND s.ended_at < o.until_at JOIN posting AS p ON p.master_id = s.master_id"
    " AND p.session = s.id AND p.at = s.ended_at AND p.recorded_at >= o.until_at WHERE s.reason = 'lease_lapsed'"
)
_TOO_MUCH = (
    "SELECT s.id FROM session AS s JOIN posting AS p ON p.master_id = s.master_id AND p.session = s.id"
    " AND p.kind = 'use' WHERE s.ended_at IS NOT NULL"
    " GROUP BY s.master_id, s.id, s.started_at, s.ended_at HAVING sum(p.amount) > s.ended_at - s.started_at + 1"
)
