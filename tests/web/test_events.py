"""Who follows events hears of everything that concerns it, in order, and of nothing else."""

import asyncio
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median

from creditclock.contract.values import identify, master_of
from tests.api import Api
from tests.conftest import Servers
from tests.server import PASSWORD, Server, Shop
from tests.sse import Follower, read_stream
from tests.timing import keeps

MINUTE = 60_000


def port_of(shop: Shop) -> int:
    return shop.server.port


def follow(api: Api, shop: Shop, *, last_event_id: str | None = None, **query: str) -> Follower:
    return Follower(api, port_of(shop), last_event_id=last_event_id, **query)


def test_desk_hears_of_a_session_from_purchase_to_end(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(credits=1_000)
    with follow(shop.owner, shop) as desk:
        assert desk.headers["content-type"].startswith("text/event-stream")
        shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 1_000}).ok()
        session = shop.key.post(f"/v1/clocks/{customer.clock}/sessions").ok(201)
        seq = {"seq": session["seq"]}
        for verb in ("pause", "resume", "stop"):
            shop.key.post(f"/v1/sessions/{session['id']}/{verb}", seq).ok()
        bought, paid, started, paused, resumed, ended = desk.wait_for(6)
    assert (bought["type"], bought["subject"]) == ("clock.changed", customer.clock)
    assert bought["data"]["balance_ms"] == 10 * MINUTE
    assert bought["data"]["state"] == "idle"
    assert (paid["type"], paid["subject"]) == ("wallet.changed", customer.wallet)
    assert (paid["data"]["balance"], paid["data"]["amount"], paid["data"]["cause"]) == (0, -1_000, "buy")
    assert (started["type"], started["subject"]) == ("session.started", session["id"])
    assert started["data"]["clock"] == customer.clock
    assert started["data"]["customer"] == customer.id
    assert started["data"]["due_at"] == session["due_at"]
    assert [paused["type"], resumed["type"], ended["type"]] == ["session.paused", "session.resumed", "session.ended"]
    assert ended["data"]["reason"] == "stopped"
    assert ended["data"]["balance_ms"] == 10 * MINUTE - ended["data"]["used_ms"]
    ids = [event["id"] for event in desk.events]
    assert ids == sorted(ids)


def test_events_tell_who_was_made_and_removed(server: Server) -> None:
    shop = server.new_shop()
    assert shop.key.token, "made before, for that is told too"
    with follow(shop.owner, shop) as desk:
        customer = shop.customer()
        shop.owner.patch(f"/v1/customers/{customer.id}", {"name": "Ada"}).ok()
        shop.owner.delete(f"/v1/customers/{customer.id}").ok()
        shop.owner.post(f"/v1/customers/{customer.id}/recover").ok()
        desk.wait_for(6)
    assert sorted(desk.types()[:3]) == ["clock.created", "customer.created", "wallet.created"]
    assert desk.types()[3:] == ["customer.changed", "customer.removed", "customer.recovered"]
    assert "Ada" not in str(desk.events)


def test_operator_hears_of_businesses_and_not_of_their_customers(server: Server) -> None:
    with Follower(server.operator, server.port) as operator:
        shop = server.new_shop()
        shop.customer()
        server.operator.post(f"/v1/masters/{shop.id}/freeze").ok()
        server.operator.post(f"/v1/masters/{shop.id}/unfreeze").ok()
        operator.wait(lambda: sum(event["subject"] == shop.id for event in operator.events) >= 3)
    assert [event["type"] for event in operator.events if event["subject"] == shop.id] == [
        "master.created",
        "master.frozen",
        "master.unfrozen",
    ]
    assert all(event["type"].startswith("master.") for event in operator.events)


def test_customer_hears_of_its_own_only(server: Server) -> None:
    shop = server.new_shop()
    own = shop.customer(password=PASSWORD)
    other = shop.customer()
    with follow(shop.signed_in(own), shop) as stream:
        for customer in (other, own, other, own):
            shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
            shop.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 1_000}).ok()
        events = stream.wait_for(4)
        time.sleep(0.2)
    assert len(stream.events) == 4
    assert {event["subject"] for event in events} == {own.wallet, own.clock}
    assert other.id not in str(stream.events)


def test_key_hears_of_what_its_scopes_let_it_get(server: Server) -> None:
    shop = server.new_shop()
    sessions, wallets = shop.key_with("sessions"), shop.key_with("wallets")
    customer = shop.customer()
    with follow(sessions, shop) as of_sessions, follow(wallets, shop) as of_wallets:
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
        shop.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 1_000_000}).ok()
        shop.key.post(f"/v1/clocks/{customer.clock}/sessions").ok(201)
        of_sessions.wait_for(2)
        of_wallets.wait_for(1)
        time.sleep(0.2)
    assert of_sessions.types() == ["clock.changed", "session.started"]
    assert of_wallets.types() == ["wallet.changed"]


def test_other_businesses_hear_nothing(server: Server) -> None:
    shop, stranger = server.new_shop(), server.new_shop()
    with follow(stranger.owner, stranger) as stream:
        shop.customer(credits=5)
        stranger.customer()
        stream.wait_for(3)
        time.sleep(0.2)
    assert {master_of(event["subject"]) for event in stream.events} == {master_of(stranger.id)}


def test_reader_that_was_away_hears_what_it_missed(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer()
    with follow(shop.owner, shop) as first:
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1}).ok()
        last = first.wait_for(1)[0]["id"]
    for amount in (2, 3, 4):
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": amount}).ok()
    with follow(shop.owner, shop, last_event_id=last) as again:
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
        assert [event["data"]["amount"] for event in again.wait_for(4)] == [2, 3, 4, 5]
    with follow(shop.owner, shop, after=last) as by_query:
        assert [event["data"]["amount"] for event in by_query.wait_for(4)] == [2, 3, 4, 5]


def test_place_is_known_before_the_first_event(server: Server) -> None:
    shop = server.new_shop()
    assert shop.key.token, "made before, for that is told too"
    with follow(shop.owner, shop) as stream:
        place = stream.place
        assert not stream.events
    customer = shop.customer()
    with follow(shop.owner, shop, last_event_id=place) as again:
        assert customer.id in {event["subject"] for event in again.wait_for(3)}


def test_kinds_are_chosen(server: Server) -> None:
    shop = server.new_shop()
    with follow(shop.owner, shop, kinds="wallet.changed,clock.*") as stream:
        customer = shop.customer(credits=5)
        stream.wait_for(2)
        time.sleep(0.2)
    assert sorted(stream.types()) == ["clock.created", "wallet.changed"]
    assert customer.clock in str(stream.events)


def test_nonsense_is_refused(server: Server, shop: Shop) -> None:
    stranger = server.new_shop()
    far = identify("evt", master_of(shop.id), 10**9)
    foreign = identify("evt", master_of(stranger.id), 1)
    assert "wallet.changed" in str(follow(shop.owner, shop, kinds="wallet.melted").refusal().refused(422, "invalid"))
    for place in (far, foreign, "evt_nothing", "x"):
        follow(shop.owner, shop, last_event_id=place).refusal().refused(422, "invalid")
    customer = shop.signed_in(shop.customer(password=PASSWORD))
    with follow(customer, shop, after=far) as stream:
        # A customer isn't told how many events the business has.
        assert stream.place
    follow(customer, shop, after=foreign).refusal().refused(422, "invalid")
    follow(shop.owner, shop, after="wal_00").refusal().refused(422, "invalid")
    follow(server.nobody, shop).refusal().refused(401, "unauthorized")
    shop.owner.send("HEAD", "/v1/events")
    shop.owner.post("/v1/events").refused(405, "method_not_allowed")
    follow(shop.publishable(), shop).refusal().refused(403, "forbidden")


def test_stream_ends_with_the_right_to_it(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(password=PASSWORD)
    made = shop.owner.post("/v1/apps", {"name": "Board", "kind": "secret"}).ok(201)
    person = server.nobody.holding(
        server.nobody.post("/v1/sign-in", {"login": customer.login, "password": PASSWORD, "master": shop.id}).ok()[
            "token"
        ]
    )
    key = server.nobody.holding(made["key"])
    with follow(person, shop) as own, follow(key, shop) as board, follow(shop.owner, shop) as desk:
        person.post("/v1/sign-out").ok()
        own.wait(lambda: own.ended)
        assert not board.ended
        shop.owner.delete(f"/v1/apps/{made['id']}").ok()
        board.wait(lambda: board.ended)
        assert not desk.ended


def test_one_caller_cannot_take_every_place(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(password=PASSWORD)
    person = shop.signed_in(customer)
    with ExitStack() as open_ones:
        streams = [Follower(person, server.port) for _ in range(201)]
        for stream in streams:
            open_ones.callback(stream.close)
        assert [stream.status for stream in streams] == [200] * 200 + [503]
        with follow(shop.owner, shop) as desk:
            shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1}).ok()
            desk.wait_for(1)
    until = time.monotonic() + 20
    while (again := follow(person, shop)).status != 200:
        again.close()
        assert time.monotonic() < until
        time.sleep(0.1)
    again.close()


def test_stream_ends_when_the_token_expires(servers: Servers) -> None:
    """Also while so much happens that there is never a moment of silence."""
    with servers.new("sqlite", test_clock=True) as server:
        shop = server.new_shop()
        customer = shop.customer(password=PASSWORD)
        with follow(shop.signed_in(customer), shop) as stream:
            server.advance(31 * 86_400_000)
            until = time.monotonic() + 40
            while not stream.ended and time.monotonic() < until:
                shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1}).ok()
                time.sleep(1)
            assert stream.ended


def test_server_that_stops_lets_readers_go_at_once(servers: Servers) -> None:
    def stops_s() -> float:
        with servers.made("sqlite") as server:
            shop = server.new_shop()
            with follow(shop.owner, shop) as stream:
                began = time.monotonic()
                assert server.stop() == 0
                took = time.monotonic() - began
                stream.wait(lambda: stream.ended)
                return took

    keeps(4, stops_s)


def test_nothing_is_lost_over_a_kill(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        shop = server.new_shop()
        customer = shop.customer()
        with follow(shop.owner, shop) as stream:
            shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1}).ok()
            last = stream.wait_for(1)[0]["id"]
            shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 2}).ok()
            server.kill()
            stream.wait(lambda: stream.ended)
        server.start()
        with follow(shop.owner, shop, last_event_id=last) as again:
            assert again.wait_for(1)[0]["data"]["amount"] == 2


def test_commits_of_another_server_are_heard_soon(servers: Servers) -> None:
    with servers.new("postgresql") as one, Server(servers.folder(), one.database) as two:
        shop = one.new_shop()
        customer = shop.customer()
        there = Shop(two, {"id": shop.id, "tariff": shop.tariff}, shop.login)
        with follow(there.owner, there) as stream:
            count = itertools.count(1)

            def delay_s() -> float:
                delays: list[float] = []
                for number in itertools.islice(count, 10):
                    shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": number}).ok()
                    began = time.monotonic()
                    stream.wait_for(number)
                    delays.append(time.monotonic() - began)
                return median(delays)

            keeps(0.3, delay_s)


def test_slow_reader_is_let_go_and_misses_nothing(servers: Servers) -> None:
    """A reader that takes little at a time falls behind, is let go, and gets everything in the end."""
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=1_000_000)
        with follow(shop.owner, shop) as first:
            place = first.place or ""
        pays = {"operations": [{"op": "wallet.pay", "wallet": customer.wallet, "amount": 1}] * 1_000}

        async def run() -> list[str]:
            until = asyncio.Event()
            token = shop.owner.token or ""
            reading = asyncio.create_task(read_stream(server.port, token, until, slow_s=0.5, last=place))
            await asyncio.sleep(0.3)
            for _ in range(30):
                await asyncio.to_thread(lambda: shop.key.post("/v1/batch", pays).ok())
            until.set()
            return await asyncio.wait_for(reading, 60)

        found = asyncio.run(run())
        assert "too slow" in server.log
        number = int(place[11:], 16)
        rows = server.rows(
            "SELECT no FROM event WHERE master_id = ? AND no > ? ORDER BY no", master_of(shop.id), number
        )
        assert len(rows) == 30_000
        assert found == [identify("evt", master_of(shop.id), row[0]) for row in rows]


def test_hundred_readers_miss_nothing_and_see_nothing_foreign(server: Server) -> None:
    """While some 500 commands a second run."""
    shops = [server.new_shop() for _ in range(2)]
    customers = {shop.id: [shop.customer(credits=1_000_000, password=PASSWORD) for _ in range(4)] for shop in shops}
    readers: list[tuple[str, int, str | None]] = []
    for shop in shops:
        tokens = [(shop.signed_in(customer).token, customer.id) for customer in customers[shop.id]]
        readers += [(shop.owner.token or "", master_of(shop.id), None)] * 25
        for number in range(25):
            token, customer = tokens[number % 4]
            readers.append((token or "", master_of(shop.id), customer))
    before = {
        master: server.rows("SELECT max(no) FROM event WHERE master_id = ?", master)[0][0]
        for master in {reader[1] for reader in readers}
    }
    wallets = [(shop, customer.wallet) for shop in shops for customer in customers[shop.id]]
    stop = time.monotonic() + 6
    counted = [0]
    counting = threading.Lock()

    def load(number: int) -> None:
        turn = number
        while time.monotonic() < stop:
            shop, wallet = wallets[turn % len(wallets)]
            shop.key.post(f"/v1/wallets/{wallet}/pay", {"amount": 1}).ok()
            turn += 1
            with counting:
                counted[0] += 1
            time.sleep(0.008)

    async def run() -> list[list[str]]:
        until = asyncio.Event()
        tasks = [
            asyncio.create_task(read_stream(server.port, token, until, last=identify("evt", master, before[master])))
            for token, master, _ in readers
        ]
        await asyncio.sleep(0.5)
        with ThreadPoolExecutor(12) as threads:
            await asyncio.to_thread(lambda: list(threads.map(load, range(12))))
        until.set()
        return await asyncio.wait_for(asyncio.gather(*tasks), 60)

    found = asyncio.run(run())
    print(f"{counted[0] / 6:.0f} commands/s with {len(readers)} readers")
    assert counted[0] > 600
    for (_, master, customer), ids in zip(readers, found, strict=True):
        rows = server.rows(
            "SELECT no, customer FROM event WHERE master_id = ? AND no > ? ORDER BY no", master, before[master]
        )
        own = None if customer is None else int(customer[11:], 16)
        expected = [identify("evt", master, row[0]) for row in rows if own is None or row[1] == own]
        assert ids == expected
