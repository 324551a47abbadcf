"""Every answer has an id, by which it is found in the log."""

import json
import re
import time
from typing import Any

import pytest

from creditclock.contract.values import master_of
from tests.conftest import Servers
from tests.server import Server, Shop, creditclock

OWN = re.compile(r"req_[0-9a-f]{16}")
GIVEN = ("a", "4bf92f3577b34da6a3ce929d0e0e4736", "Client_1.2-x", "x" * 64)
MALFORMED = ("", "x" * 65, "two words", "semi;colon", "new%0aline", 'quo"te', "umläut")
PATHS = (
    "/healthz",
    "/readyz",
    "/docs",
    "/openapi.json",
    "/static/reference.css",
    "/metrics",
    "/nothing",
    "/v1/nothing",
)


def logged(server: Server, request: str) -> list[dict[str, Any]]:
    """The lines of the log that tell of a request; the last is written after its answer was sent."""
    until = time.monotonic() + 10
    while True:
        whole = server.log.rpartition("\n")[0].splitlines()
        told = [json.loads(line) for line in whole if request in line]
        if any(line["logger"] == "creditclock.access" for line in told) or time.monotonic() > until:
            return told
        time.sleep(0.01)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_an_id_of_its_own(server: Server, path: str) -> None:
    ids = [server.nobody.get(path).headers["request-id"] for _ in range(3)]
    assert all(OWN.fullmatch(one) for one in ids), ids
    assert len(set(ids)) == 3


@pytest.mark.parametrize("name", ["Request-Id", "X-Request-Id", "x-request-id"])
@pytest.mark.parametrize("given", GIVEN)
def test_well_formed_id_is_taken_over(server: Server, name: str, given: str) -> None:
    for path in ("/v1/who", "/healthz"):
        answer = server.nobody.send("GET", path, headers={name: given})
        assert answer.headers["request-id"] == given


@pytest.mark.parametrize("given", MALFORMED)
def test_malformed_id_is_replaced(server: Server, given: str) -> None:
    answer = server.nobody.send("GET", "/v1/who", headers={"Request-Id": given})
    assert OWN.fullmatch(answer.headers["request-id"])
    assert answer.json["request"] == answer.headers["request-id"]


def test_problem_names_its_request(shop: Shop) -> None:
    wallet = shop.customer().wallet
    problems = (
        shop.server.nobody.get("/v1/who"),
        shop.server.nobody.get("/nothing"),
        shop.server.nobody.post("/docs"),
        shop.server.nobody.post("/v1/sign-in", {"login": "nobody", "password": "wrong"}),
        shop.key.get("/v1/wallets/nothing"),
        shop.key.post(f"/v1/wallets/{wallet}/top-up", {"amount": -1}),
        shop.key.post(f"/v1/wallets/{wallet}/pay", {"amount": 1}),
        shop.key.post(f"/v1/wallets/{wallet}/pay", {"amount": 1}, key=shop.server.unique("k")),
    )
    for answer in problems:
        assert answer.status >= 400
        assert answer.json["request"] == answer.headers["request-id"], answer


def test_refusal_is_repeated_with_the_same_bytes_and_another_id(shop: Shop) -> None:
    """The document is the first request's, word for word; the header is this request's."""
    path = f"/v1/wallets/{shop.customer().wallet}/pay"
    key = shop.server.unique("k")
    first = shop.key.post(path, {"amount": 1}, key=key)
    again = shop.key.post(path, {"amount": 1}, key=key)
    first.refused(402, "insufficient_credits")
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert first.json["request"] == first.headers["request-id"] != again.headers["request-id"]


def test_key_of_another_request_names_this_request(shop: Shop) -> None:
    path = f"/v1/wallets/{shop.customer().wallet}/pay"
    key = shop.server.unique("k")
    shop.key.post(path, {"amount": 1}, key=key)
    other = shop.key.post(path, {"amount": 2}, key=key)
    assert other.refused(422, "key_reused")["request"] == other.headers["request-id"]


@pytest.mark.parametrize("lane", ["process", "thread"])
def test_failure_is_found_in_the_log_by_its_id(servers: Servers, kind: str, lane: str) -> None:
    server = servers.made(kind)
    (server.folder / "creditclock.toml").write_text(f'lane = "{lane}"\n')
    with server:
        shop = server.new_shop()
        shop.customer()
        # The journal's next number is taken: what is written next breaks a constraint.
        server.change(("UPDATE lane SET next_journal = 1 WHERE master_id = ?", [master_of(shop.id)]))
        answer = shop.key.post("/v1/customers", {"login": "late"})
        problem = answer.refused(500, "unexpected")
        request = answer.headers["request-id"]
        assert problem["request"] == request
        told = logged(server, request)
        assert {line["logger"] for line in told} >= {"creditclock.lane", "creditclock.web", "creditclock.access"}
        assert all(line["request"] == request for line in told)
        assert {line["process"] for line in told} == ({"web", "lane"} if lane == "process" else {"web"})
        assert any("broke a constraint" in line["message"] for line in told)
        done = creditclock_as(server, shop.key.token or "", "customer", "create", "--login", "another")
        assert re.search(r"Its id is req_[0-9a-f]{16}\.", done), done


def creditclock_as(server: Server, token: str, *arguments: str) -> str:
    """What the command line says to the holder of a token."""
    (server.folder / "token").write_text(token)
    url = f"http://127.0.0.1:{server.port}"
    done = creditclock(server.folder, *arguments, "--url", url, "--token-file", str(server.folder / "token"))
    return done.stderr
