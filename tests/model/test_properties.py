"""What must hold whatever the numbers are, asked over HTTP: replays, conversions, cut stretches."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.model.play import Desk, open_desk
from tests.model.server import Server
from tests.postgres import PostgresServer

Json = dict[str, Any]
RATES = (1, 333, 999, 1000, 1500, 10_000)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    if request.param == "sqlite":
        yield from open_server(None)
    else:
        with PostgresServer() as postgres:
            yield from open_server(postgres.create_database())


def open_server(url: str | None) -> Iterator[Desk]:
    with Server(url) as server:
        with open_desk(server) as desk:
            yield desk
        assert server.check() is None


class Shop:
    """A customer with credits, and a tariff."""

    count = 0

    def __init__(self, desk: Desk, price: int = 3_600_000, **terms: int) -> None:
        Shop.count += 1
        self.desk = desk
        name = f"shop-{Shop.count}"
        self.customer = self.post("/v1/customers", {"login": name})
        self.wallet = f"/v1/wallets/{self.customer['wallets'][0]}"
        self.clock = f"/v1/clocks/{self.customer['clocks'][0]}"
        tariff: Json = {"name": name, "price": price, **terms}
        self.tariff = desk.wire.must("POST", "/v1/tariffs", tariff, token=desk.owner)["id"]
        self.set(self.clock)
        self.post(f"{self.wallet}/top-up", {"amount": 1_000_000})

    def set(self, clock: str) -> None:
        change = {"tariff": self.tariff, "parallel": 3}
        self.desk.wire.must("PATCH", clock, change, token=self.desk.owner)

    def twin(self) -> str:
        """Another clock of the same customer."""
        created = self.post(f"/v1/customers/{self.customer['id']}/clocks", {})
        clock = f"/v1/clocks/{created['id']}"
        self.set(clock)
        return clock

    def post(self, path: str, body: Json, key: str | None = None) -> Json:
        return self.desk.wire.must("POST", path, body, token=self.desk.key, key=key)

    def get(self, path: str) -> Json:
        return self.desk.wire.must("GET", path, token=self.desk.key)

    @property
    def balance(self) -> int:
        return self.get(self.wallet)["balance"]


def stands(clock: Json) -> Json:
    """What must be equal on two clocks that burned the same."""
    own = {"id", "clock", "lease_until", "max_loss_ms"}
    parts = {
        name: [{field: value for field, value in part.items() if field not in own} for part in clock[name]]
        for name in ("sessions", "lots")
    }
    return parts | {name: clock[name] for name in ("state", "balance_ms", "left_ms", "burn_rate", "due_at", "as_of")}


def test_a_replay_changes_nothing_and_gives_the_same_bytes(desk: Desk) -> None:
    shop = Shop(desk, minimum_ms=250, increment_ms=100)
    session = "/v1/sessions/none"
    requests: list[tuple[str, Json]] = [
        (f"{shop.wallet}/top-up", {"amount": 50}),
        (f"{shop.wallet}/pay", {"amount": 7}),
        (f"{shop.wallet}/pay", {"amount": 9_999_999}),
        (f"{shop.clock}/buy", {"amount": 30_000}),
        (f"{shop.clock}/buy", {"ms": 777}),
        (f"{shop.clock}/return", {"ms": 1_000}),
        (f"{shop.clock}/grant", {"ms": 1_234, "kind": "promotional"}),
        (f"{shop.clock}/sessions", {"burn_rate": 1500, "lease_ms": 60_000}),
        ("pause", {"seq": 1}),
        ("pause", {"seq": 1}),
        ("resume", {"seq": 1}),
        ("take-over", {}),
        ("stop", {"seq": 1}),
        ("stop", {"seq": 2}),
        ("end", {}),
    ]
    answers: list[tuple[str, Json, str, Any]] = []
    for number, (verb, body) in enumerate(requests):
        path = verb if verb.startswith("/") else f"{session}/{verb}"
        key = f"replay-{Shop.count}-{number:03}"
        token = desk.owner if verb in {"take-over", "end"} else desk.key
        answer = desk.wire.call("POST", path, body, token=token, key=key)
        before = shop.get(shop.clock), shop.get(shop.wallet)
        for _ in range(2):
            assert desk.wire.call("POST", path, body, token=token, key=key) == answer
        assert (shop.get(shop.clock), shop.get(shop.wallet)) == before
        if verb.endswith("/sessions"):
            session = f"/v1/sessions/{answer.json['id']}"
        answers.append((path, body, key, (token, answer)))
        desk.advance(37)
    before = shop.get(shop.clock), shop.get(shop.wallet)
    for path, body, key, (token, answer) in answers:
        assert desk.wire.call("POST", path, body, token=token, key=key) == answer
        other = desk.wire.call("POST", path, {**body, "note": "other"}, token=token, key=key)
        assert other.status in {400, 422}
    assert (shop.get(shop.clock), shop.get(shop.wallet)) == before


@pytest.mark.parametrize("price", [1, 999, 3_600_000, 3_600_001, 7_199_999, 3_600_000_000])
def test_buying_and_returning_never_gains(desk: Desk, price: int) -> None:
    shop = Shop(desk, price=price)
    chance = random.Random(price)
    worth = shop.balance
    for _ in range(12):
        amount = chance.choice((1, 2, 7, chance.randint(1, 5_000)))
        body = {"amount": amount} if chance.random() < 0.5 else {"ms": max(1, amount * 3_600_000 // price)}
        desk.wire.call("POST", f"{shop.clock}/buy", body, token=desk.key)
        while (held := shop.get(shop.clock)["balance_ms"]) and chance.random() < 0.8:
            part = chance.choice((1, held, chance.randint(1, held)))
            desk.wire.call("POST", f"{shop.clock}/return", {"ms": part}, token=desk.key)
        assert shop.balance <= worth
    held = shop.get(shop.clock)["balance_ms"]
    if held:
        desk.wire.call("POST", f"{shop.clock}/return", {"ms": held}, token=desk.key)
    assert shop.balance <= worth


@pytest.mark.parametrize("seed", range(8))
def test_cutting_a_stretch_changes_nothing(desk: Desk, seed: int) -> None:
    """Two clocks, of which one is settled by pauses and read in between, burn the same."""
    chance = random.Random(seed)
    terms = {"minimum_ms": chance.choice((0, 700)), "increment_ms": chance.choice((0, 1_000))}
    shop = Shop(desk, **terms)
    other = shop.twin()
    for clock in (shop.clock, other):
        shop.post(f"{clock}/buy", {"ms": 9_001})
        shop.post(f"{clock}/grant", {"ms": 3_000, "kind": "promotional"})
    starts = [{"burn_rate": rate, "lease_ms": 60_000} for rate in chance.sample(RATES, 2)]
    sessions = {clock: [shop.post(f"{clock}/sessions", body)["id"] for body in starts] for clock in (shop.clock, other)}
    for _ in range(6):
        for _ in range(chance.randint(1, 3)):
            desk.advance(chance.choice((1, 13, 499, 800)))
            shop.get(other)
            session = f"/v1/sessions/{chance.choice(sessions[other])}"
            # A pause of no length cuts the stretch there.
            for verb in ("pause", "resume"):
                desk.wire.call("POST", f"{session}/{verb}", {"seq": 1}, token=desk.key)
        assert stands(shop.get(shop.clock)) == stands(shop.get(other))
    for mine, twin in zip(sessions[shop.clock], sessions[other], strict=True):
        first, second = (shop.post(f"/v1/sessions/{name}/end", {}) for name in (mine, twin))
        names = ("state", "reason", "ended_at", "elapsed_ms", "used_ms")
        assert [first[name] for name in names] == [second[name] for name in names]
    assert stands(shop.get(shop.clock)) == stands(shop.get(other))


def test_a_reader_changes_nothing(desk: Desk) -> None:
    shop = Shop(desk)
    shop.post(f"{shop.clock}/buy", {"ms": 5_000})
    session = shop.post(f"{shop.clock}/sessions", {"burn_rate": 333, "lease_ms": 5_000})
    for _ in range(9):
        desk.advance(777)
        assert shop.get(shop.clock) == shop.get(shop.clock)
        assert shop.get(f"/v1/sessions/{session['id']}") == shop.get(f"/v1/sessions/{session['id']}")
    ended = shop.get(f"/v1/sessions/{session['id']}")
    assert (ended["reason"], ended["elapsed_ms"], ended["used_ms"]) == ("lease_lapsed", 5_000, 1_665)
