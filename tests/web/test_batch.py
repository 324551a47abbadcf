"""A batch does what its operations would do one by one: in order, each on its own, each once."""

import contextlib
import json
import resource
import socket
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from creditclock.contract.values import master_of
from tests.api import Api, Json
from tests.conftest import Servers
from tests.server import PASSWORD, Customer, Server, Shop
from tests.timing import succeeds

Op = dict[str, Json]
NOT_INSIDE: Sequence[Op] = (
    {"op": "batch.run", "operations": [{"op": "token.who"}]},
    {"op": "token.sign_in", "login": "operator", "password": PASSWORD},
    {"op": "test_clock.get"},
    {"op": "test_clock.set", "advance_ms": 1},
    {"op": "event.follow"},
)


def run(caller: Api, operations: Sequence[Json], *, key: str | None = None) -> list[Json]:
    """What comes of each operation of a batch."""
    results: list[Json] = caller.post("/v1/batch", {"operations": operations}, key=key).ok(200)["results"]
    assert len(results) == len(operations)
    return results


def pay(customer: Customer, amount: int = 1, **more: Json) -> Op:
    return {"op": "wallet.pay", "wallet": customer.wallet, "amount": amount, **more}


def look(customer: Customer) -> Op:
    return {"op": "wallet.get", "wallet": customer.wallet}


def done(result: Json) -> Json:
    """The answer of an operation that was carried out."""
    assert set(result) <= {"ok", "replayed"}, result
    return result["ok"]


def refused(result: Json, status: int, code: str) -> Json:
    """The problem of an operation that was not."""
    assert set(result) <= {"problem", "replayed"}, result
    problem = result["problem"]
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert problem["type"] == f"/docs#problem-{code}"
    assert problem["title"]
    assert problem["detail"].endswith(".")
    return problem


def notes(shop: Shop, customer: Customer) -> list[str]:
    """What payments say, oldest first."""
    return [record["note"] for record in shop.records("wallets", customer.wallet) if record["kind"] == "pay"]


@contextmanager
def held_up(server: Server, shop: Shop) -> Generator[None]:
    """Nobody can write to the business meanwhile."""
    if server.path:
        with contextlib.closing(sqlite3.connect(server.path, timeout=10, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")
        return
    with psycopg.connect(server.database) as connection:
        connection.execute("SELECT * FROM lane WHERE master_id = %s FOR UPDATE", (master_of(shop.id),))
        yield


@contextmanager
def failing_disk(server: Server) -> Generator[None]:
    """Whatever is written fails meanwhile."""
    limits = resource.prlimit(server.writer, resource.RLIMIT_FSIZE)
    resource.prlimit(server.writer, resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(server.writer, resource.RLIMIT_FSIZE, limits)


def test_operations_happen_in_their_order_and_reads_see_what_came_before(shop: Shop) -> None:
    customer = shop.customer(credits=10)
    results = run(
        shop.key,
        [
            look(customer),
            pay(customer, 4),
            look(customer),
            {"op": "wallet.top_up", "wallet": customer.wallet, "amount": 100},
            pay(customer, 50),
            look(customer),
            {"op": "wallet.records", "wallet": customer.wallet, "limit": 2},
        ],
    )
    assert [done(results[place])["balance"] for place in (0, 2, 5)] == [10, 6, 56]
    assert [item["amount"] for item in done(results[6])["items"]] == [-50, 100]


def test_what_is_refused_does_not_stop_the_others(shop: Shop) -> None:
    customer = shop.customer(credits=5)
    results = run(shop.key, [pay(customer, 3), pay(customer, 3), pay(customer, 2), pay(customer, 1)])
    assert done(results[0])["record"]["amount"] == -3
    assert refused(results[1], 402, "insufficient_credits")["missing"] == 1
    assert done(results[2])["wallet"]["balance"] == 0
    refused(results[3], 402, "insufficient_credits")


def test_an_answer_is_that_of_a_request_of_its_own(shop: Shop) -> None:
    customer = shop.customer(credits=5, ms=60_000)
    clock, read = run(shop.key, [{"op": "clock.get", "clock": customer.clock}, look(customer)])
    assert done(read) == shop.wallet(customer.wallet)
    assert set(done(clock)) == set(shop.clock(customer.clock))
    session = done(run(shop.key, [{"op": "session.start", "clock": customer.clock}])[0])
    results = run(
        shop.key,
        [
            {"op": f"session.{verb}", "session": session["id"], "seq": 1}
            for verb in ("renew", "pause", "resume", "stop")
        ],
    )
    assert [done(result)["state"] for result in results] == ["running", "paused", "running", "ended"]


def test_bad_operations_are_refused_at_their_place(shop: Shop) -> None:
    customer = shop.customer(credits=10)
    bad: list[tuple[Json, int, str, str | None]] = [
        (5, 422, "invalid", None),
        (None, 422, "invalid", None),
        ([], 422, "invalid", None),
        ({}, 422, "invalid", "op"),
        ({"op": 5}, 422, "invalid", "op"),
        ({"op": "wallet"}, 422, "invalid", "op"),
        ({"op": "wallet.pay"}, 422, "invalid", "amount"),
        (pay(customer, 0), 422, "invalid", "amount"),
        (pay(customer, 2**53), 422, "invalid", "amount"),
        ({**pay(customer), "amount": 1.0}, 422, "invalid", "amount"),
        ({**pay(customer), "amount": "1"}, 422, "invalid", "amount"),
        (pay(customer, surprise=1), 422, "invalid", "surprise"),
        (pay(customer, note="a\0b"), 422, "invalid", "note"),
        (pay(customer, key="a b"), 422, "invalid", "key"),
        (pay(customer, key=""), 422, "invalid", "key"),
        (pay(customer, key="k" * 65), 422, "invalid", "key"),
        (pay(customer, key=7), 422, "invalid", "key"),
        ({**pay(customer), "wallet": customer.clock}, 404, "not_found", None),
        ({**pay(customer), "wallet": "wallet"}, 404, "not_found", None),
        ({**pay(customer), "wallet": "a" * 10_000}, 404, "not_found", None),
        ({**pay(customer), "wallet": 5}, 422, "invalid", "wallet"),
        (pay(customer, to_wallet=customer.clock), 422, "invalid", "to_wallet"),
        ({"op": "wallet.records", "wallet": customer.wallet, "limit": "5"}, 422, "invalid", "limit"),
    ]
    results = run(shop.key, [pay(customer), *(entry for entry, *_ in bad), pay(customer)])
    for (entry, status, code, field), result in zip(bad, results[1:-1], strict=True):
        problem = refused(result, status, code)
        assert field is None or problem["field"] == field, entry
    assert done(results[-1])["wallet"]["balance"] == 8


@pytest.mark.parametrize("text", [b"\\ud800", b"\xed\xa0\x80", b"caf\xe9"])
def test_half_characters_are_refused_at_their_place(shop: Shop, text: bytes) -> None:
    customer = shop.customer(credits=10)
    for field, code in ((b"note", {"invalid", "invalid_json"}), (b"wallet", {"invalid", "invalid_json", "not_found"})):
        entry = json.dumps(pay(customer, note="NOTE")).encode()
        bad = entry.replace(b"NOTE", text) if field == b"note" else entry.replace(customer.wallet.encode(), text)
        body = b'{"operations": [' + bad + b"," + json.dumps(pay(customer)).encode() + b"]}"
        answer = shop.key.send("POST", "/v1/batch", body, {"Content-Type": "application/json"})
        if answer.status == 400:  # so broken that it is no JSON as a whole
            answer.refused(400, "invalid_json")
        else:
            first, second = answer.ok()["results"]
            assert first["problem"]["code"] in code
            done(second)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b'{"operations": []}', b'{"operations": {}}', b'{"operations": null}',
        b'{"operations": [{"op": "token.who"}], "key": "k"}',
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused_whole(shop: Shop, body: bytes) -> None:
    answer = shop.key.send("POST", "/v1/batch", body, {"Content-Type": "application/json"})
    answer.refused(422, "invalid")


@pytest.mark.parametrize("body", [b"{", b'{"operations": [', b'{"operations": [{"op": "token.who"},]}', b"[" * 50_000])
def test_what_is_no_json_is_refused_whole(shop: Shop, body: bytes) -> None:
    answer = shop.key.send("POST", "/v1/batch", body, {"Content-Type": "application/json"})
    assert answer.status in {400, 422}, answer


def test_a_batch_has_a_thousand_operations_at_most(shop: Shop) -> None:
    customer = shop.customer(credits=2_000)
    answer = shop.key.post("/v1/batch", {"operations": [pay(customer)] * 1_001})
    assert answer.refused(422, "invalid")["field"] == "operations"
    assert shop.balance(customer.wallet) == 2_000
    results = run(shop.key, [pay(customer, note=str(number)) for number in range(1_000)])
    assert [done(result)["wallet"]["balance"] for result in results] == list(range(1_999, 999, -1))
    assert notes(shop, customer) == [str(number) for number in range(1_000)]


def test_its_fields_stand_in_its_body(shop: Shop) -> None:
    body = json.dumps({"operations": [{"op": "token.who"}]}).encode()
    answer = shop.key.send("POST", "/v1/batch?x=1", body, {"Content-Type": "application/json"})
    answer.refused(422, "invalid")


def test_everybody_does_inside_what_they_may_do_alone(shop: Shop) -> None:
    mine, other = shop.customer(credits=10, password=PASSWORD), shop.customer(credits=10)
    operations = [
        pay(mine, 2),
        {"op": "wallet.top_up", "wallet": mine.wallet, "amount": 5},
        pay(other),
        look(other),
        look(mine),
        {"op": "master.list"},
    ]
    results = run(shop.signed_in(mine), operations)
    assert done(results[0])["wallet"]["balance"] == 8
    refused(results[1], 403, "forbidden")
    refused(results[2], 404, "not_found")
    refused(results[3], 404, "not_found")
    assert done(results[4])["balance"] == 8
    refused(results[5], 403, "forbidden")
    for result in run(shop.key_with("sessions"), operations[:-1]):
        assert "`wallets`" in refused(result, 403, "forbidden")["detail"]
    shop.publishable().post("/v1/batch", {"operations": operations}).refused(403, "forbidden")
    assert [done(result)["wallet"]["balance"] for result in run(shop.owner, operations[:2])] == [6, 11]
    assert (shop.balance(mine.wallet), shop.balance(other.wallet)) == (11, 10)
    answer = shop.server.nobody.post("/v1/batch", {"operations": operations})
    answer.refused(401, "unauthorized")


def test_nothing_of_another_business_is_found(server: Server) -> None:
    shop, stranger = server.shop, server.new_shop()
    theirs, mine = stranger.customer(credits=10), shop.customer(credits=10)
    before = stranger.lane
    results = run(
        shop.key,
        [pay(theirs), look(theirs), pay(mine, to_wallet=theirs.wallet), {"op": "session.start", "clock": theirs.clock}],
    )
    for result in results:
        refused(result, 404, "not_found")
    owner = run(shop.owner, [{"op": "master.get", "master": stranger.id}, {"op": "master.get", "master": shop.id}])
    refused(owner[0], 404, "not_found")
    assert done(owner[1])["id"] == shop.id
    assert stranger.lane == before


def test_operator_changes_one_business_after_the_other_in_their_order(server: Server) -> None:
    one, other = server.new_shop(), server.new_shop()
    operations = [
        {"op": "master.change", "master": shop.id, "name": f"{number}"} for number in range(20) for shop in (one, other)
    ]
    results = run(server.operator, [*operations, {"op": "master.get", "master": one.id}])
    assert [done(result)["name"] for result in results] == [str(place // 2) for place in range(40)] + ["19"]


def test_freezing_and_unfreezing_take_effect_in_their_order(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(ms=60_000)
    session = shop.start(customer.clock)
    frozen, seen, warm = run(
        server.operator,
        [
            {"op": "master.freeze", "master": shop.id},
            {"op": "master.get", "master": shop.id},
            {"op": "master.unfreeze", "master": shop.id},
        ],
    )
    assert [done(result)["state"] for result in (frozen, seen, warm)] == ["frozen", "frozen", "active"]
    assert shop.session(session["id"])["reason"] == "closed"
    shop.start(customer.clock)


@pytest.mark.parametrize("operation", NOT_INSIDE, ids=lambda operation: operation["op"])
def test_some_operations_stand_on_their_own_only(shop: Shop, operation: Op) -> None:
    first, second = run(shop.key, [operation, {"op": "token.who"}])
    assert refused(first, 422, "invalid")["field"] == "op"
    done(second)


def test_a_key_is_the_same_in_a_batch_and_alone(shop: Shop) -> None:
    customer = shop.customer(credits=100)
    one, other = shop.server.unique("k"), shop.server.unique("k")
    path = f"/v1/wallets/{customer.wallet}/pay"
    alone = shop.key.post(path, {"amount": 3}, key=one).ok()
    again, fresh, reused = run(
        shop.key, [pay(customer, 3, key=one), pay(customer, 4, key=other), pay(customer, key=one)]
    )
    assert again == {"ok": alone, "replayed": True}
    assert "replayed" not in fresh
    refused(reused, 422, "key_reused")
    replay = shop.key.post(path, {"amount": 4}, key=other)
    assert replay.ok() == done(fresh)
    assert replay.headers["idempotent-replayed"] == "true"
    shop.key.post(path, {"amount": 5}, key=other).refused(422, "key_reused")
    assert shop.balance(customer.wallet) == 93


def test_a_key_that_comes_twice_in_a_batch_acts_once(shop: Shop) -> None:
    customer = shop.customer(credits=100)
    key = shop.server.unique("k")
    results = run(shop.key, [pay(customer, 5, key=key)] * 100)
    assert {json.dumps(done(result)) for result in results} == {json.dumps(done(results[0]))}
    assert [result.get("replayed", False) for result in results] == [False] + [True] * 99
    assert shop.balance(customer.wallet) == 95


@pytest.mark.parametrize("length", [1, 36, 60, 64])
def test_a_batch_with_a_key_can_be_sent_again(shop: Shop, length: int) -> None:
    customer, poor = shop.customer(credits=1_000), shop.customer()
    key = shop.server.unique("b").ljust(length, "x")[-length:] if length > 1 else "!"
    if length == 1:
        shop = shop.server.new_shop()
        customer, poor = shop.customer(credits=1_000), shop.customer()
    operations = [*[pay(customer, 2)] * 70, look(customer), pay(poor), {"op": "nothing"}, pay(customer, 2)]
    first = run(shop.key, operations, key=key)
    shop.key.post(f"/v1/wallets/{poor.wallet}/top-up", {"amount": 100}).ok()
    again = run(shop.key, operations, key=key)
    for place, (one, other) in enumerate(zip(first, again, strict=True)):
        if place in {70, 72}:
            assert "replayed" not in other
        elif place == 71:
            refused(one, 402, "insufficient_credits")
            assert refused(other, 402, "insufficient_credits")["missing"] == 1
            assert other["replayed"]
        else:
            assert other == {**one, "replayed": True}
    assert shop.balance(customer.wallet) == 1_000 - 71 * 2
    assert shop.balance(poor.wallet) == 100


def test_the_key_of_a_batch_belongs_to_each_place(shop: Shop) -> None:
    customer = shop.customer(credits=100)
    key = shop.server.unique("b")
    run(shop.key, [pay(customer, 1), pay(customer, 2)], key=key)
    first, second, third = run(shop.key, [pay(customer, 1), pay(customer, 3), pay(customer, 4)], key=key)
    assert first["replayed"]
    refused(second, 422, "key_reused")
    done(third)
    assert shop.balance(customer.wallet) == 93
    answer = shop.key.post("/v1/batch", {"operations": [pay(customer)]}, key="a" * 65)
    assert answer.refused(422, "invalid")["field"] == "Idempotency-Key"


def test_a_secret_is_shown_once(shop: Shop) -> None:
    key = shop.server.unique("b")
    operations = [{"op": "app.create", "name": "In a batch", "kind": "secret", "scopes": ["wallets"]}]
    first = done(run(shop.owner, operations, key=key)[0])
    assert shop.server.nobody.holding(first["key"]).get("/v1/who").ok()["id"] == first["id"]
    assert refused(run(shop.owner, operations, key=key)[0], 409, "already_done")["id"] == first["id"]


def test_a_customer_made_in_a_batch_can_sign_in(shop: Shop) -> None:
    login = shop.server.unique("customer")
    body: Op = {"op": "customer.create", "login": login, "password": PASSWORD}
    made, taken = run(shop.key, [body, body])
    done(made)
    refused(taken, 409, "login_taken")
    assert shop.server.signed_in(login, PASSWORD, shop.id).get("/v1/who").ok()["id"] == done(made)["id"]
    texts = shop.server.rows("SELECT count(*) FROM stored WHERE body LIKE ?", f"%{PASSWORD}%")
    assert texts == [(0,)]


def test_fifty_operations_may_bring_a_password(shop: Shop) -> None:
    # Nobody may do it, so that nothing is hashed and the test is quick.
    body: Op = {"op": "customer.create", "login": "x", "password": PASSWORD}
    results = run(shop.key_with("sessions"), [body] * 52)
    for result in results[:50]:
        refused(result, 403, "forbidden")
    for result in results[50:]:
        assert refused(result, 409, "too_many")["limit"] == 50


def test_rights_that_end_in_the_midst_end_for_what_follows(shop: Shop) -> None:
    customer = shop.customer(credits=10, password=PASSWORD)
    caller = shop.server.nobody.holding(
        shop.server.nobody.post("/v1/sign-in", {"login": customer.login, "password": PASSWORD, "master": shop.id}).ok()[
            "token"
        ]
    )
    results = run(
        caller, [pay(customer, 2), look(customer), {"op": "token.sign_out"}, pay(customer, 3), look(customer)]
    )
    for result in results[:3]:
        done(result)
    for result in results[3:]:
        refused(result, 401, "unauthorized")
    assert shop.balance(customer.wallet) == 8


def test_rights_that_end_for_others_stop_nothing(shop: Shop) -> None:
    customer = shop.customer(credits=100)
    leaving = [shop.customer() for _ in range(5)]
    operations: list[Op] = []
    for one in leaving:
        operations += [pay(customer, 1), {"op": "customer.remove", "customer": one.id}, pay(customer, 1)]
    for result in run(shop.key, operations):
        done(result)
    assert shop.balance(customer.wallet) == 90


def test_a_program_changes_its_password_between_other_things(shop: Shop) -> None:
    customer = shop.customer(credits=10, password=PASSWORD)
    signed_in = {"login": customer.login, "password": PASSWORD, "master": shop.id}
    caller = shop.server.nobody.holding(shop.server.nobody.post("/v1/sign-in", signed_in).ok()["token"])
    change = {"op": "token.change_password", "old_password": PASSWORD, "password": "battery staple"}
    results = run(caller, [pay(customer), change, pay(customer), {**change, "old_password": "wrong one"}])
    assert [set(result) for result in results[:3]] == [{"ok"}, {"ok"}, {"ok"}]
    refused(results[3], 403, "wrong_password")


def test_answers_of_a_batch_have_a_bound(shop: Shop) -> None:
    customer = shop.customer(credits=10_000)
    run(shop.key, [pay(customer, note="n" * 400) for _ in range(1_000)])
    results = run(shop.key, [{"op": "wallet.records", "wallet": customer.wallet, "limit": 1_000}] * 40)
    assert len(done(results[0])["items"]) == 1_000
    refused(results[-1], 409, "too_many")


def test_parallel_batches_keep_their_own_orders(shop: Shop) -> None:
    customer, others = shop.customer(credits=100_000), [shop.customer(credits=1_000) for _ in range(6)]

    def one(number: int) -> list[Json]:
        operations: list[Op] = []
        for place in range(200):
            operations += [pay(customer, note=f"{number}/{place}"), pay(others[number], note=str(place))]
        return run(shop.key, operations)

    with ThreadPoolExecutor(6) as threads:
        for results in threads.map(one, range(6)):
            for result in results:
                done(result)
    assert shop.balance(customer.wallet) == 100_000 - 6 * 200
    said = [note.split("/") for note in notes(shop, customer)]
    for number, other in enumerate(others):
        assert [place for batch, place in said if batch == str(number)] == [str(place) for place in range(200)]
        assert notes(shop, other) == [str(place) for place in range(200)]


def test_storm_of_one_batch_happens_once(shop: Shop) -> None:
    customer = shop.customer(credits=10_000)
    key = shop.server.unique("b")
    operations = [pay(customer, note=str(place)) for place in range(300)]
    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(run, shop.key, operations, key=key) for _ in range(8)]
    answers = [[done(result) for result in future.result()] for future in sent]
    assert all(answer == answers[0] for answer in answers)
    assert notes(shop, customer) == [str(place) for place in range(300)]


def test_rows_that_are_not_in_memory_are_no_obstacle(servers: Servers, kind: str) -> None:
    """Each payment reaches another wallet, and is possible only by what came just before it."""
    with servers.made(kind) as server:
        shop = server.new_shop()
        payers, payees = [shop.customer(ms=60_000) for _ in range(40)], [shop.customer() for _ in range(40)]
        server.restart()
        operations: list[Op] = []
        for payer, payee in zip(payers, payees, strict=True):
            operations += [
                {"op": "wallet.top_up", "wallet": payer.wallet, "amount": 5},
                pay(payer, 5, to_customer=payee.id),
                pay(payee, 5),
                {"op": "session.start", "clock": payer.clock},
            ]
        for result in run(shop.key, operations):
            done(result)
        server.stop()
        assert server.check() == ""


def test_what_is_put_off_is_put_off_with_all_that_follows(servers: Servers, kind: str) -> None:
    """While nobody can write, others' commands are refused; a batch waits a little longer and keeps its order."""
    with servers.made(kind) as server:
        shop = server.new_shop()
        customer = shop.customer(credits=10_000)
        operations = [pay(customer, note=str(place)) for place in range(600)]
        with ThreadPoolExecutor(1) as threads, held_up(server, shop):
            sent = threads.submit(run, shop.key, operations)
            time.sleep(3)
        results = sent.result()
        said = [result for result in results if "ok" in result]
        assert notes(shop, customer) == [str(place) for place in range(len(said))]
        assert results[: len(said)] == said
        for result in results[len(said) :]:
            refused(result, 503, "busy")
        server.stop()
        assert server.check() == ""


def test_a_batch_goes_on_when_its_trouble_is_over(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()

        def goes_on() -> bool:
            customer = shop.customer(credits=10_000)
            operations = [pay(customer, note=str(place)) for place in range(1_000)]
            with ThreadPoolExecutor(1) as threads:
                sent = threads.submit(run, shop.key, operations)
                while shop.balance(customer.wallet) == 10_000:
                    time.sleep(0.001)
                with failing_disk(server):
                    time.sleep(1)
                met_trouble = not sent.done()
            for result in sent.result():
                done(result)
            assert notes(shop, customer) == [str(place) for place in range(1_000)]
            return met_trouble

        succeeds(goes_on)


def test_a_batch_that_was_put_off_can_be_sent_again(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=10_000)
        operations = [*(pay(customer, note=str(place)) for place in range(100)), look(customer)]
        with failing_disk(server):
            first, *others = run(shop.key, operations, key="again")
        assert "disk" in refused(first, 503, "busy")["detail"]
        for result in others:
            assert "before this one" in refused(result, 503, "busy")["detail"]
        assert shop.balance(customer.wallet) == 10_000
        for result in run(shop.key, operations, key="again"):
            assert "replayed" not in result
            done(result)
        assert notes(shop, customer) == [str(place) for place in range(100)]


def test_lane_in_the_same_process_keeps_the_order_too(servers: Servers) -> None:
    server = servers.made("sqlite")
    (server.folder / "creditclock.toml").write_text('lane = "thread"\n')
    with server:
        shop = server.new_shop()
        customer = shop.customer(credits=10_000)
        operations = [pay(customer, note=str(number)) for number in range(500)]
        for result in run(shop.key, [*operations[:250], look(customer), *operations[250:]]):
            done(result)
        assert notes(shop, customer) == [str(number) for number in range(500)]


def test_what_the_database_refuses_fails_alone(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(credits=10_000)
        trigger = "CREATE TRIGGER t BEFORE INSERT ON posting WHEN NEW.amount = 13 BEGIN SELECT RAISE(ABORT, 'no'); END"
        server.change((trigger, ()))
        bad = {3, 64, 65, 130, 299}
        results = run(shop.key, [pay(customer, 13 if n in bad else 1, note=str(n)) for n in range(300)])
        for place, result in enumerate(results):
            if place in bad:
                refused(result, 500, "unexpected")
            else:
                done(result)
        assert notes(shop, customer) == [str(place) for place in range(300) if place not in bad]
        server.change(("DROP TRIGGER t", ()))
        server.stop()
        assert server.check() == ""


def test_nothing_more_happens_once_the_sender_is_gone(server: Server) -> None:
    shop = server.shop
    customer = shop.customer(credits=10_000)
    operations: list[Op] = []
    for place in range(500):
        operations += [pay(customer, note=str(place)), look(customer)]
    body = json.dumps({"operations": operations}).encode()
    head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"{head}Authorization: Bearer {shop.key.token}\r\n\r\n".encode() + body)
        until = time.monotonic() + 10
        while shop.balance(customer.wallet) == 10_000:
            assert time.monotonic() < until
    time.sleep(0.5)
    shop.customer()  # comes after what was on its way when the sender went
    said = notes(shop, customer)
    time.sleep(0.5)
    assert notes(shop, customer) == said == [str(place) for place in range(len(said))]
    assert 0 < len(said) < 500


def test_killed_in_the_midst_and_sent_again_each_happens_once(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        shop = server.new_shop()
        customers = [shop.customer(credits=10_000) for _ in range(4)]
        key = shop.key
        for round_ in range(2):

            def send(number: int, round_: int = round_, key: Api = key) -> bool:
                operations = [pay(customers[number], note=f"{round_}/{place}") for place in range(400)]
                try:
                    results = run(key, operations, key=f"round-{round_}-{number}")
                except Exception:  # noqa: BLE001 - the server is gone: whatever the HTTP library makes of that
                    return False
                return all("ok" in result for result in results)

            killer = threading.Timer(0.05 + 0.06 * round_, server.kill)
            with ThreadPoolExecutor(4) as threads:
                sent = [threads.submit(send, number) for number in range(4)]
                killer.start()
                [future.result() for future in sent]
            killer.join()
            server.start()
            key = server.nobody.holding(shop.key.token)
            assert all(send(number, key=key) for number in range(4))
        again = Shop(server, {"id": shop.id, "tariff": shop.tariff}, shop.login)
        expected = [f"{round_}/{place}" for round_ in range(2) for place in range(400)]
        for customer in customers:
            assert notes(again, customer)[: len(expected)] == expected
        server.stop()
        assert server.check() == ""


@pytest.mark.parametrize("field", [b"operations", b"note"])
def test_what_is_no_json_behind_another_operation_is_refused(shop: Shop, field: bytes) -> None:
    body = b'{"operations": [{"op": "batch.run", "' + field + b'": "\xc0\xaf"}, {"op": "token.who"}]}'
    answer = shop.key.send("POST", "/v1/batch", body, {"Content-Type": "application/json"})
    if field == b"operations":
        answer.refused(400, "invalid_json")
    else:
        first, second = answer.ok()["results"]
        assert first["problem"]["code"] in {"invalid", "invalid_json"}
        done(second)
