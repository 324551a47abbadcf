"""A shipped program: with its publishable key it signs customers in and runs their sessions, and nothing else."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.operation import Role
from tests.api import Api, Json
from tests.conftest import Servers
from tests.server import PASSWORD, SCOPES, Customer, Server, Shop, environment, key_of
from tests.sse import Follower
from tests.timing import succeeds
from tests.web.place import Place

ONLY = "sqlite"

PROGRAM = {
    "clock.get", "clock.list", "customer.get", "event.follow", "token.sign_out", "token.who",
    "session.start", "session.get", "session.renew", "session.pause", "session.resume", "session.stop",
    "session.take_over", "session.end", "session.explain",
}  # fmt: skip
"""All that a program may do, one by one or in batches."""
NOT_IN_BATCHES = {"batch.run", "token.sign_in", "test_clock.get", "test_clock.set"}
HELD = ("renew", "pause", "resume", "stop", "end")
HOUR_MS = 3_600_000


class Game:
    """An app with a publishable key, and its copies at customers."""

    def __init__(self, shop: Shop, name: str = "Game") -> None:
        made = shop.owner.post("/v1/apps", {"name": name, "kind": "publishable"}).ok(201)
        self.shop = shop
        self.id: str = made["id"]
        self.key = shop.server.nobody.holding(made["key"])

    def sign_in(self, customer: Customer) -> Json:
        return self.key.post("/v1/sign-in", {"login": customer.login, "password": PASSWORD}).ok()

    def at(self, customer: Customer) -> Api:
        return self.shop.server.nobody.holding(self.sign_in(customer)["token"])

    def remove(self) -> None:
        self.shop.owner.delete(f"/v1/apps/{self.id}").ok()


@pytest.fixture
def customer(shop: Shop) -> Customer:
    return shop.customer(credits=1_000, ms=HOUR_MS, password=PASSWORD)


def start(caller: Api, clock: str, **terms: Json) -> Json:
    return caller.post(f"/v1/clocks/{clock}/sessions", terms).ok(201)


def act(caller: Api, verb: str, session: Json) -> Json:
    body = {} if verb in {"end", "take-over"} else {"seq": session["seq"]}
    return caller.post(f"/v1/sessions/{session['id']}/{verb}", body).ok()


def test_program_signs_in_and_runs_a_session_from_start_to_stop(shop: Shop, customer: Customer) -> None:
    game = Game(shop)
    signed_in = game.sign_in(customer)
    who = {"kind": "customer", "id": customer.id, "master": shop.id, "role": "program", "app": game.id}
    assert signed_in["who"] == who
    program = shop.server.nobody.holding(signed_in["token"])
    assert program.get("/v1/who").ok() == who
    assert program.get(f"/v1/customers/{customer.id}").ok()["clocks"] == [customer.clock]
    assert [clock["id"] for clock in program.get("/v1/clocks").ok()["items"]] == [customer.clock]
    session = start(program, customer.clock)
    assert (session["holder"], session["state"]) == (game.id, "running")
    for verb, state in (("renew", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "ended")):
        assert act(program, verb, session)["state"] == state
    assert program.get(f"/v1/sessions/{session['id']}").ok()["reason"] == "stopped"
    assert program.get(f"/v1/sessions/{session['id']}/explain").ok()["session"]["holder"] == game.id
    assert program.get(f"/v1/clocks/{customer.clock}").ok()["state"] == "idle"
    program.post("/v1/sign-out").ok()
    program.get("/v1/who").refused(401, "unauthorized")


def test_table_lets_a_program_do_exactly_what_it_is_for() -> None:
    role: Role = "program"
    assert {operation.name for operation in OPERATIONS.values() if role in operation.by} == {*PROGRAM, "batch.run"}


@pytest.fixture(scope="module")
def programs() -> dict[Server, tuple[Api, Api]]:
    return {}


@pytest.fixture
def program(place: Place, programs: dict[Server, tuple[Api, Api]]) -> Api:
    """A program of the place's customer."""
    if place.server not in programs:
        game = Game(place.shop)
        programs[place.server] = game.at(place.customer), game.at(place.other)
    return programs[place.server][0]


@pytest.fixture
def other_program(place: Place, program: Api, programs: dict[Server, tuple[Api, Api]]) -> Api:
    """The same program at another customer."""
    assert program
    return programs[place.server][1]


def bodies(place: Place, operation: Operation) -> Json:
    return place.body(operation) if operation.writes else None


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_program_does_nothing_else_whatever_it_names(place: Place, program: Api, operation: Operation) -> None:
    if operation.name in {*PROGRAM, "token.sign_in", "batch.run"}:
        return
    before = place.lane
    for path in {place.path(operation), place.path_to_nothing(operation)}:
        answer = program.call(operation.method, path, bodies(place, operation), key="no-program-may")
        detail = answer.refused(403, "forbidden")["detail"]
        assert "publishable key" in detail
        assert operation.name in detail
    assert place.lane == before


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_program_reaches_no_other_customer(place: Place, other_program: Api, operation: Operation) -> None:
    if operation.name not in PROGRAM or not operation.path_fields:
        return
    before = place.lane
    answer = other_program.call(operation.method, place.path(operation), bodies(place, operation))
    answer.refused(404, "not_found")
    assert place.lane == before


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_program_reaches_no_other_business(place: Place, server: Server, operation: Operation) -> None:
    if operation.name not in PROGRAM or not operation.path_fields:
        return
    stranger = server.shop.customer(password=PASSWORD)
    game = Game(server.shop)
    before = place.lane
    answer = game.at(stranger).call(operation.method, place.path(operation), bodies(place, operation))
    answer.refused(404, "not_found")
    assert place.lane == before


def test_key_itself_only_signs_in(place: Place) -> None:
    key = Game(place.shop).key
    for operation in OPERATIONS.values():
        if operation.name in {"token.sign_in", "token.who", "batch.run"}:
            continue
        before = place.lane
        answer = key.call(operation.method, place.path(operation), bodies(place, operation), key="no-key-may")
        answer.refused(403, "forbidden")
        assert place.lane == before, operation.name
    assert key.get("/v1/who").ok()["role"] == "publishable"


def test_batch_carries_out_nothing_else(place: Place, program: Api) -> None:
    forbidden = [OPERATIONS[name] for name in OPERATIONS if name not in PROGRAM | NOT_IN_BATCHES]
    entries: list[Json] = [{"op": each.name} | place.named(each) | (bodies(place, each) or {}) for each in forbidden]
    key = Game(place.shop).key
    before = place.lane
    results = program.post("/v1/batch", {"operations": entries}).ok()["results"]
    for entry, result in zip(entries, results, strict=True):
        assert result["problem"]["code"] == "forbidden", (entry, result)
    key.post("/v1/batch", {"operations": entries}).refused(403, "forbidden")
    assert place.lane == before


def test_key_has_no_scopes(shop: Shop) -> None:
    for scope in SCOPES:
        body = {"name": "Game", "kind": "publishable", "scopes": [scope]}
        shop.owner.post("/v1/apps", body).refused(422, "invalid")
    assert shop.owner.post("/v1/apps", {"name": "Game", "kind": "publishable"}).ok(201)["scopes"] == []


def test_key_signs_in_at_its_own_business_only(server: Server, customer: Customer) -> None:
    shop, other = server.shop, server.new_shop()
    game = Game(shop)
    body = {"login": customer.login, "password": PASSWORD}
    game.key.post("/v1/sign-in", {**body, "master": shop.id}).ok()
    assert "master" in game.key.post("/v1/sign-in", {**body, "master": other.id}).refused(422, "invalid")["detail"]
    Game(other).key.post("/v1/sign-in", body).refused(401, "sign_in_failed")
    game.key.post("/v1/sign-in", {"login": shop.login, "password": PASSWORD}).refused(401, "sign_in_failed")


def test_program_asks_for_no_other_burn_rate(shop: Shop, customer: Customer) -> None:
    program = Game(shop).at(customer)
    program.post(f"/v1/clocks/{customer.clock}/sessions", {"burn_rate": 1}).refused(403, "forbidden")
    assert start(program, customer.clock, burn_rate=1_000)["burn_rate"] == 1_000


def others(shop: Shop, customer: Customer, game: Game) -> Mapping[str, Api]:
    """Those whose sessions a game doesn't hold, by who they are."""
    assert game
    return {
        "another game": Game(shop, "Another game").at(customer),
        "the customer": shop.signed_in(customer),
        "the desk": shop.owner,
        "a secret key": shop.key,
    }


def test_program_looks_at_every_session_of_its_customer_and_runs_its_own(server: Server) -> None:
    shop = server.new_shop()
    customer, game = shop.customer(credits=1_000, ms=HOUR_MS, password=PASSWORD), Game(shop)
    program = game.at(customer)
    clock = shop.clock_with(customer, ms=HOUR_MS, parallel=9)
    for name, other in others(shop, customer, game).items():
        session = start(other, clock)
        assert program.get(f"/v1/sessions/{session['id']}").ok()["holder"] == session["holder"], name
        program.get(f"/v1/sessions/{session['id']}/explain").ok()
        before = shop.lane
        for verb in HELD:
            body = {} if verb == "end" else {"seq": session["seq"]}
            problem = program.post(f"/v1/sessions/{session['id']}/{verb}", body).refused(403, "forbidden")
            assert "take it over first" in problem["detail"]
            assert session["holder"] in problem["detail"]
        assert shop.lane == before, name
        held = act(program, "take-over", session)
        assert (held["holder"], held["seq"]) == (game.id, session["seq"] + 1)
        stale = other.post(f"/v1/sessions/{session['id']}/renew", {"seq": session["seq"]})
        assert stale.refused(409, "stale_seq")["session"]["holder"] == game.id
        act(program, "renew", held)
        assert act(program, "stop", held)["state"] == "ended"


def test_program_hears_that_its_session_was_taken_over_or_ended(shop: Shop, customer: Customer) -> None:
    program = Game(shop).at(customer)
    session = start(program, customer.clock)
    act(Game(shop, "Another game").at(customer), "take-over", session)
    renewal = program.post(f"/v1/sessions/{session['id']}/renew", {"seq": session["seq"]})
    taken = renewal.refused(409, "stale_seq")["session"]
    program.post(f"/v1/sessions/{session['id']}/renew", {"seq": taken["seq"]}).refused(403, "forbidden")
    act(shop.signed_in(customer), "end", session)
    program.post(f"/v1/sessions/{session['id']}/renew", {"seq": taken["seq"]}).refused(409, "session_ended")
    assert program.post(f"/v1/sessions/{session['id']}/end").ok()["reason"] == "ended"


def test_customer_and_desk_still_run_what_a_program_holds(shop: Shop, customer: Customer) -> None:
    program = Game(shop).at(customer)
    clock = shop.clock_with(customer, ms=HOUR_MS, parallel=9)
    for caller in (shop.signed_in(customer), shop.owner, shop.key):
        session = start(program, clock)
        act(caller, "pause", session)
        act(program, "resume", session)
        assert act(caller, "end", session)["reason"] == "ended"


def test_two_copies_of_a_program_hold_for_one_app(shop: Shop, customer: Customer) -> None:
    game = Game(shop)
    desktop, laptop = game.at(customer), game.at(customer)
    session = start(desktop, customer.clock)
    act(laptop, "renew", session)
    moved = act(laptop, "take-over", session)
    path = f"/v1/sessions/{session['id']}/renew"
    assert desktop.post(path, {"seq": session["seq"]}).refused(409, "stale_seq")["seq"] == moved["seq"]
    assert act(laptop, "stop", moved)["state"] == "ended"


def test_removed_app_ends_the_tokens_got_through_it(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(ms=HOUR_MS, password=PASSWORD)
    game, other = Game(shop), Game(shop, "Another game")
    programs = [game.at(customer), game.at(customer)]
    spared = [other.at(customer), shop.signed_in(customer)]
    session = start(programs[0], customer.clock)
    game.remove()
    for program in programs:
        program.post(f"/v1/sessions/{session['id']}/renew", {"seq": 1}).refused(401, "unauthorized")
        program.get("/v1/who").refused(401, "unauthorized")
        program.post("/v1/sign-out").refused(401, "unauthorized")
    game.key.get("/v1/who").refused(401, "unauthorized")
    game.key.post("/v1/sign-in", {"login": customer.login, "password": PASSWORD}).refused(401, "unauthorized")
    for caller in spared:
        caller.get("/v1/who").ok()
    assert act(spared[0], "take-over", session)["holder"] == other.id


def test_customer_sees_and_ends_what_programs_got(shop: Shop, customer: Customer) -> None:
    mine = shop.signed_in(customer)
    game, removed = Game(shop, "Solitaire"), Game(shop)
    program = game.at(customer)
    removed.at(customer)
    removed.remove()
    own, through = mine.get("/v1/tokens").ok()["items"]
    assert (own["current"], own["app"], own["app_name"]) == (True, None, None)
    assert (through["current"], through["app"], through["app_name"]) == (False, game.id, "Solitaire")
    mine.delete(f"/v1/tokens/{through['id']}").ok()
    program.get("/v1/who").refused(401, "unauthorized")


def test_sign_ins_of_programs_push_no_other_token_out(shop: Shop, customer: Customer) -> None:
    mine = shop.signed_in(customer)
    game = Game(shop)
    first = game.at(customer)
    for _ in range(50):
        game.sign_in(customer)
    first.get("/v1/who").refused(401, "unauthorized")
    mine.get("/v1/who").ok()
    assert len(mine.get("/v1/tokens", limit=1_000).ok()["items"]) == 51


@pytest.mark.parametrize("how", ["another password", "reset", "removed"])
def test_programs_end_with_the_customers_right(shop: Shop, customer: Customer, how: str) -> None:
    program = Game(shop).at(customer)
    path = f"/v1/customers/{customer.id}"
    match how:
        case "another password":
            body = {"old_password": PASSWORD, "password": "battery staple"}
            shop.signed_in(customer).post("/v1/password", body).ok()
        case "reset":
            shop.key.post(f"{path}/password", {"password": "battery staple"}).ok()
        case _:
            shop.key.delete(path).ok()
            Game(shop).key.post("/v1/sign-in", {"login": customer.login, "password": PASSWORD}).refused(
                401, "sign_in_failed"
            )
    program.post(f"/v1/clocks/{customer.clock}/sessions").refused(401, "unauthorized")
    program.get("/v1/who").refused(401, "unauthorized")


def test_program_of_a_frozen_business_looks_and_starts_nothing(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(ms=HOUR_MS, password=PASSWORD)
    game = Game(shop)
    program = game.at(customer)
    session = start(program, customer.clock)
    server.operator.post(f"/v1/masters/{shop.id}/freeze").ok()
    again = game.at(customer)
    for caller in (program, again):
        caller.post(f"/v1/clocks/{customer.clock}/sessions").refused(403, "master_frozen")
        caller.post(f"/v1/sessions/{session['id']}/renew", {"seq": 1}).refused(403, "master_frozen")
        assert caller.get(f"/v1/sessions/{session['id']}").ok()["reason"] == "closed"
    server.operator.post(f"/v1/masters/{shop.id}/unfreeze").ok()
    assert start(again, customer.clock)["holder"] == game.id


def test_same_key_of_two_programs_is_two_requests(shop: Shop, customer: Customer) -> None:
    """Programs know nothing of each other's keys: neither gets the other's answer, and both are carried out."""
    clock = shop.clock_with(customer, ms=HOUR_MS, parallel=9)
    path = f"/v1/clocks/{clock}/sessions"
    key = shop.server.unique("k")
    game = Game(shop)
    callers = [game.at(customer), Game(shop, "Another game").at(customer), shop.signed_in(customer)]
    answers = [caller.post(path, {}, key=key) for caller in callers]
    sessions = [answer.ok(201) for answer in answers]
    assert len({session["id"] for session in sessions}) == 3
    assert len({session["holder"] for session in sessions}) == 3
    for caller, answer in zip(callers, answers, strict=True):
        assert caller.post(path, {}, key=key).body == answer.body
    assert game.at(customer).post(path, {}, key=key).body == answers[0].body
    other = game.at(shop.customer(ms=HOUR_MS, password=PASSWORD))
    other.post(path, {}, key=key).refused(404, "not_found")


def test_journal_tells_the_app(shop: Shop, customer: Customer) -> None:
    game = Game(shop)
    session = start(game.at(customer), customer.clock)
    rows = shop.server.rows("SELECT caller, detail FROM journal WHERE subject = ?", session["id"])
    assert rows[0][0] == customer.id
    assert game.id in rows[0][1]


def test_guesses_through_a_key_are_slowed_down(servers: Servers, kind: str) -> None:
    """On a server of its own, for all tests come from one address."""
    with servers.made(kind) as server:
        shop = server.new_shop()
        other = shop.customer(password=PASSWORD)
        games = [Game(shop), Game(shop, "Another game")]

        def are_slowed_down() -> bool:
            """The first wait is a second long: where somebody stands still for it, it is over."""
            victim = shop.customer(password=PASSWORD)
            guesses = [
                games[number % 2].key.post("/v1/sign-in", {"login": victim.login, "password": "a wrong one"})
                for number in range(6)
            ]
            assert [answer.status for answer in guesses[:5]] == [401] * 5
            direct = {"login": victim.login, "password": PASSWORD, "master": shop.id}
            last = server.nobody.post("/v1/sign-in", direct)
            if (guesses[-1].status, last.status) != (429, 429):
                return False
            assert int(guesses[-1].headers["retry-after"]) >= 1
            last.refused(429, "too_many_requests")
            return True

        succeeds(are_slowed_down)
        games[0].sign_in(other)


def test_program_stays_one_over_a_restart(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        shop = server.new_shop()
        customer = shop.customer(credits=5, ms=HOUR_MS, password=PASSWORD)
        game = Game(shop)
        token: str = game.sign_in(customer)["token"]
        session = start(server.nobody.holding(token), customer.clock)
        server.restart()
        program = server.nobody.holding(token)
        program.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 1}).refused(403, "forbidden")
        assert act(program, "renew", session)["holder"] == game.id
        assert server.check() == ""


def test_program_hears_of_its_customers_time_until_the_app_is_removed(server: Server) -> None:
    shop = server.new_shop()
    customer, other = (shop.customer(credits=600, ms=HOUR_MS, password=PASSWORD) for _ in range(2))
    game = Game(shop)
    program = game.at(customer)
    Follower(game.key, server.port).refusal().refused(403, "forbidden")
    with Follower(program, server.port) as stream:
        shop.key.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 1}).ok()
        shop.start(other.clock)
        session = start(program, customer.clock)
        shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 1}).ok()
        act(program, "stop", session)
        stream.wait_for(3)
        game.remove()
        stream.wait(lambda: stream.ended)
    assert stream.types() == ["session.started", "clock.changed", "session.ended"]
    assert {event["data"]["customer"] for event in stream.events} == {customer.id}


def test_example_of_a_shipped_program_is_true(shop: Shop, tmp_path: Path) -> None:
    game = Game(shop)

    def play(customer: Customer, seconds: int) -> tuple[int, str]:
        program = Path(__file__).parents[2] / "examples" / "shipped_program.py"
        url = f"http://127.0.0.1:{shop.server.port}"
        done = subprocess.run(
            [sys.executable, program, url, game.key.token or "", customer.login, str(seconds)],
            check=False,
            input=f"{PASSWORD}\n",
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    def is_true() -> bool:
        customer = shop.customer(ms=7_000, password=PASSWORD)
        code, played = play(customer, 2)
        assert (code, "You play. 0:00:0" in played) == (0, True), played
        code, told = play(customer, 60)
        assert (code, "Your time is over." in told) == (3, True), told
        sessions = shop.server.rows(
            "SELECT holder, reason FROM session WHERE master_id = ? AND clock = ?", *key_of(customer.clock)
        )
        assert sessions == [(game.id, "stopped"), (game.id, "empty")]
        return "You played 2." in played

    succeeds(is_true)
    game.remove()
    assert play(shop.customer(ms=7_000, password=PASSWORD), 1)[0] == 1
