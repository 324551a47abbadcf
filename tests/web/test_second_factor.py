"""The second factor: codes of one's own device, each of which works once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from creditclock.contract.instants import parsed
from tests.api import Api, Json
from tests.conftest import Servers
from tests.server import OPERATOR_PASSWORD, PASSWORD, Server, Shop

ONLY = "sqlite"

STEP_MS = 30_000


class Person:
    """An owner with an authenticator app, whose clock is the server's."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.shop = server.new_shop()
        self.api = self.shop.owner
        self.codes: list[str] = []
        self.totp: pyotp.totp.TOTP | None = None

    def switch_on(self) -> "Person":
        begun = self.api.post("/v1/second-factor", {"password": PASSWORD}).ok()
        self.totp = pyotp.parse_uri(begun["uri"])  # pyright: ignore[reportAttributeAccessIssue] - a TOTP
        assert self.totp
        assert self.totp.secret == begun["secret"]
        self.codes = self.api.post("/v1/second-factor/confirm", {"code": self.code()}).ok()["recovery_codes"]
        return self

    def code(self, steps: int = 0) -> str:
        assert self.totp
        return self.totp.at(self.server.now // 1000, counter_offset=steps)

    def next_code(self) -> str:
        """A code that wasn't shown before."""
        self.server.advance(STEP_MS)
        return self.code()

    def sign_in(self, **more: Json) -> "Answered":
        return Answered(self.server, {"login": self.shop.login, "password": PASSWORD, **more})


class Answered:
    def __init__(self, server: Server, body: Json) -> None:
        self.answer = server.nobody.post("/v1/sign-in", body)
        self.server = server

    @property
    def api(self) -> Api:
        return self.server.nobody.holding(self.answer.ok()["token"])


@pytest.fixture
def either(test_clock_server: Server) -> Person:
    """Somebody on each kind of database."""
    return Person(test_clock_server)


@pytest.fixture
def person(servers: Servers) -> Person:
    return Person(servers.kept("sqlite", test_clock=True))


def test_sign_in_needs_a_code_from_then_on(person: Person) -> None:
    before = person.sign_in().api
    assert person.api.get("/v1/second-factor").ok() == {"on": False, "since": None, "recovery_codes_left": 0}
    person.switch_on()
    before.get("/v1/who").refused(401, "unauthorized")
    person.api.get("/v1/who").ok()
    state = person.api.get("/v1/second-factor").ok()
    assert (state["on"], state["recovery_codes_left"], parsed(state["since"])) == (True, 10, person.server.now)
    assert len(set(person.codes)) == 10
    person.sign_in().answer.refused(401, "second_factor_needed")
    person.sign_in(password="wrong one").answer.refused(401, "sign_in_failed")
    person.sign_in(password="wrong one", code=person.code(1)).answer.refused(401, "sign_in_failed")
    person.sign_in(code="000000").answer.refused(401, "wrong_code")
    signed_in = person.sign_in(code=person.next_code()).api
    assert signed_in.get("/v1/who").ok()["role"] == "owner"


def test_each_code_works_once(either: Person) -> None:
    person = either
    person.switch_on()
    person.sign_in(code=person.code()).answer.refused(401, "wrong_code")
    early = person.code(1)
    person.sign_in(code=early).answer.ok()
    person.server.advance(STEP_MS)
    person.sign_in(code=early).answer.refused(401, "wrong_code")
    person.server.advance(STEP_MS)
    late = person.code()
    person.server.advance(STEP_MS)
    person.sign_in(code=late).answer.ok()
    person.server.advance(3 * STEP_MS)
    person.sign_in(code=person.code(-2)).answer.refused(401, "wrong_code")
    recovery = person.codes[0]
    assert (
        person.sign_in(code=recovery.upper().replace("-", " ")).api.get("/v1/second-factor").ok()["recovery_codes_left"]
        == 9
    )
    person.sign_in(code=recovery).answer.refused(401, "wrong_code")


@pytest.mark.parametrize("recovers", [False, True])
def test_racing_sign_ins_with_one_code_give_one_token(either: Person, *, recovers: bool) -> None:
    person = either
    person.switch_on()
    code = person.codes[0] if recovers else person.next_code()
    barrier = threading.Barrier(4)

    def race(_: int) -> int:
        barrier.wait()
        return person.sign_in(code=code).answer.status

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(race, range(4)))
    assert statuses == [200, 401, 401, 401]


def test_password_changes_and_removal_need_a_code(person: Person) -> None:
    person.switch_on()
    change = {"old_password": PASSWORD, "password": "battery staple"}
    person.api.post("/v1/password", change).refused(401, "second_factor_needed")
    person.api.post("/v1/password", {**change, "code": "123 45x"}).refused(401, "wrong_code")
    code = person.next_code()
    person.api.post("/v1/password", {**change, "code": code}, key="change").ok()
    assert person.api.post("/v1/password", {**change, "code": code}, key="change").headers["idempotent-replayed"]
    body = {"password": "battery staple", "code": code}
    person.api.post("/v1/second-factor/remove", body).refused(401, "wrong_code")
    wrong = {"password": PASSWORD, "code": person.codes[0]}
    person.api.post("/v1/second-factor/remove", wrong).refused(403, "wrong_password")
    person.api.post("/v1/second-factor/remove", {**body, "code": person.codes[0]}).ok()
    person.api.post("/v1/second-factor/remove", {**body, "code": person.codes[1]}).refused(409, "second_factor_off")
    person.sign_in(password="battery staple").answer.ok()


def test_nothing_is_on_before_it_is_confirmed(person: Person) -> None:
    person.api.post("/v1/second-factor/confirm", {"code": "123456"}).refused(409, "second_factor_off")
    person.api.post("/v1/second-factor", {"password": "wrong one"}).refused(403, "wrong_password")
    begun = person.api.post("/v1/second-factor", {"password": PASSWORD}, key="begin").ok()
    person.api.post("/v1/second-factor", {"password": PASSWORD}, key="begin").refused(409, "already_done")
    person.sign_in().answer.ok()
    person.server.advance(3_600_000)
    code = pyotp.TOTP(begun["secret"]).at(person.server.now // 1000)  # pyright: ignore[reportPrivateImportUsage]
    person.api.post("/v1/second-factor/confirm", {"code": code}).refused(409, "second_factor_off")
    person.switch_on()
    person.api.post("/v1/second-factor", {"password": PASSWORD}).refused(409, "second_factor_on")


def test_nothing_that_shows_a_code_is_kept(person: Person) -> None:
    person.switch_on()
    code = person.next_code()
    person.sign_in(code=code).answer.ok()
    tables = ("second_factor", "journal", "stored", "event", "token", "credential")
    kept = repr([person.server.rows(f"SELECT * FROM {table}") for table in tables])
    secret = person.totp.secret if person.totp else ""
    assert secret not in kept
    assert not any(code in kept for code in person.codes)
    assert secret not in person.server.log


def test_operator_can_take_it_away_from_an_owner(person: Person) -> None:
    person.switch_on()
    operator, path = person.server.operator, f"/v1/masters/{person.shop.id}/password"
    operator.post(path, {"password": "battery staple"}).ok()
    person.sign_in(password="battery staple").answer.refused(401, "second_factor_needed")
    operator.post(path, {"password": "battery staple", "second_factor": "remove"}).ok()
    person.sign_in(password="battery staple").answer.ok()


def test_customers_and_keys_have_none(shop: Shop) -> None:
    customer = shop.customer(password=PASSWORD)
    shop.signed_in(customer).get("/v1/second-factor").refused(403, "forbidden")
    shop.key.get("/v1/second-factor").refused(403, "forbidden")


def test_operator_may_have_one(test_clock_server: Server) -> None:
    """Begun only, for others use the operator of this server."""
    begun = test_clock_server.operator.post("/v1/second-factor", {"password": OPERATOR_PASSWORD}).ok()
    assert begun["uri"].startswith("otpauth://totp/Creditclock:operator?")
