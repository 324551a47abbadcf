import json
import time
from typing import Any

import pytest

from creditclock.client import Problem, SessionEnded, StaleSeq, UnexpectedAnswer
from creditclock.client.requests import Try, answer, new_key, operation_of, request, wait_before
from creditclock.contract import OPERATIONS, Command, Operation
from creditclock.contract.clocks import BuyTime, ListClocks
from creditclock.contract.customers import ChangeCustomer, RemoveCustomer
from creditclock.contract.sessions import RenewSession, StartSession
from creditclock.contract.tokens import SignOut
from creditclock.contract.wallets import TopUp

CUSTOMER, CLOCK, SESSION = "cus_0000001000000000002", "clk_0000001000000000003", "ses_0000001000000000004"


def body(command: Command[Any]) -> object:
    sent = request(command).body
    return None if sent is None else json.loads(sent)


def test_path_query_and_body_take_their_fields() -> None:
    assert request(ListClocks(state="open", limit=5)).path == "/v1/clocks?state=open&limit=5"
    built = request(TopUp(wallet="wal_1", amount=5, note="é"))
    assert (built.method, built.path, body(TopUp(wallet="wal_1", amount=5, note="é"))) == (
        "POST",
        "/v1/wallets/wal_1/top-up",
        {"amount": 5, "note": "é"},
    )


def test_what_is_left_out_is_not_sent_and_null_only_clears() -> None:
    assert body(BuyTime(clock=CLOCK, ms=5)) == {"ms": 5}
    assert body(ChangeCustomer(customer=CUSTOMER, email=None)) == {"email": None}
    assert body(ChangeCustomer(customer=CUSTOMER)) == {}
    assert body(StartSession(clock=CLOCK)) == {}
    assert body(SignOut()) == {}
    assert body(RemoveCustomer(customer=CUSTOMER)) is None
    assert body(RemoveCustomer(customer=CUSTOMER, at_once=True)) == {"at_once": True}


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    assert request(RenewSession(session="../x?y#z", seq=1)).path == "/v1/sessions/..%2Fx%3Fy%23z/renew"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_write_but_sign_in_carries_a_key(operation: Operation) -> None:
    fields = dict.fromkeys(operation.command.__struct_fields__, "x")
    headers = request(operation.command(**fields), token="secret").headers
    assert ("Idempotency-Key" in headers) == (operation.writes and operation.name != "token.sign_in")
    assert headers["Authorization"] == "Bearer secret"


def test_keys_are_uuids_of_version_7_that_sort_by_age() -> None:
    keys: list[str] = []
    for _ in range(50):
        keys.append(new_key())
        time.sleep(0.0005)
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert {(key[14], key[19] in "89ab", len(key)) for key in keys} == {("7", True, 36)}


def test_a_problem_is_raised_as_its_class_with_its_data() -> None:
    told = {"type": "x", "title": "t", "status": 409, "code": "stale_seq", "detail": "Held.", "seq": 2}
    with pytest.raises(StaleSeq, match="Held") as caught:
        answer(OPERATIONS["session.renew"], Try(409, {}, json.dumps(told).encode()))
    assert (caught.value.code, caught.value.status, caught.value.data) == ("stale_seq", 409, {"seq": 2})
    with pytest.raises(SessionEnded):
        answer(OPERATIONS["session.renew"], Try(409, {}, b'{"code": "session_ended", "detail": "Over."}'))
    with pytest.raises(Problem, match="New"):
        answer(OPERATIONS["session.renew"], Try(418, {}, b'{"code": "of_later_versions", "detail": "New."}'))


@pytest.mark.parametrize("garbage", [b"", b"<html>", b"\xff\xfe", b"[]", b'{"items": 5}'])
@pytest.mark.parametrize("status", [200, 404, 502])
def test_what_is_no_creditclock_server_is_named_as_such(status: int, garbage: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        answer(OPERATIONS["clock.list"], Try(status, {}, garbage))


def test_fields_of_later_versions_are_no_problem() -> None:
    operation = operation_of(SignOut())
    assert answer(operation, Try(200, {}, b'{"done": true, "later": 1}')).done


def test_waiting_grows_is_bounded_and_follows_the_server() -> None:
    waits = [wait_before(tries, 1.0) for tries in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[-1] <= 5
    assert 3 <= wait_before(1, 0.5, {"Retry-After": "3"}) < 3.2
    assert wait_before(1, 0.5, {"Retry-After": "Fri, 01 Jan 1999 00:00:00 GMT"}) < 0.2
    assert wait_before(1, 0.5, {"Retry-After": "nonsense"}) <= 0.2
