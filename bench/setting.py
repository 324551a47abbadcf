"""What the load works on: a few businesses with customers, wallets and clocks, made through the API itself."""

import json
import random
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

from bench.http_load import Listed, Load
from tests.model.server import PASSWORD, Server

MASTERS = 4
CUSTOMERS = 1_000
CLOCKS_EACH = 4
CONNECTIONS = 32
CREDITS = 1_000_000_000_000
TIME_AMOUNT = 6_000_000
"""Buys a thousand hours by a new business's tariff."""
LEASE_MS = 86_400_000
SCOPES = ["sessions", "wallets", "clocks", "customers"]
KEYS = count(1)


def idempotency_key() -> bytes:
    """A UUID of version 7, as our clients send: ordered by time, which is what makes inserts cheap."""
    milliseconds = time.time_ns() // 1_000_000
    number = next(KEYS)
    return b"%08x-%04x-7%03x-8000-%012x" % (milliseconds >> 16, milliseconds & 0xFFFF, number & 0xFFF, number)


@dataclass(frozen=True)
class Caller:
    """Builds the bytes of requests for the holder of a token."""

    token: str

    def head(self, method: str, path: str, *, keyed: bool = False) -> bytes:
        """A request up to where the idempotency key or the body follows."""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.token}"]
        if method != "GET":
            lines.append("Content-Type: application/json")
        return ("\r\n".join(lines) + "\r\n" + ("Idempotency-Key: " if keyed else "")).encode()

    def request(self, method: str, path: str, body: dict[str, Any] | None = None, *, keyed: bool = False) -> bytes:
        """A whole request."""
        key = idempotency_key() + b"\r\n" if keyed else b""
        return self.head(method, path, keyed=keyed) + key + ending(body)


def ending(body: dict[str, Any] | None) -> bytes:
    """What follows the other headers."""
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


@dataclass(frozen=True)
class Place:
    """A wallet or a clock, and who may act on it."""

    caller: Caller
    path: str


@dataclass
class Setting:
    """Everything that was made, in an order without a pattern."""

    wallets: list[Place]
    clocks: list[Place]


def prepare(server: Server) -> Setting:
    """Make the businesses, and fill wallets and clocks."""
    callers = _open_masters(server)
    load = Load(server.port, CONNECTIONS)
    customers: list[tuple[Caller, dict[str, Any]]] = []
    for caller in callers:
        logins = [{"login": f"customer-{number}"} for number in range(CUSTOMERS // MASTERS)]
        made = _all(load, [caller.request("POST", "/v1/customers", login, keyed=True) for login in logins])
        customers += [(caller, customer) for customer in made]
    wallets = [Place(caller, f"/v1/wallets/{customer['wallets'][0]}") for caller, customer in customers]
    _all(load, [_post(place, "/top-up", {"amount": CREDITS}) for place in wallets])
    clocks = [Place(caller, f"/v1/clocks/{customer['clocks'][0]}") for caller, customer in customers]
    owners = [Place(caller, f"/v1/customers/{customer['id']}") for caller, customer in customers] * (CLOCKS_EACH - 1)
    more = _all(load, [_post(place, "/clocks", {}) for place in owners])
    clocks += [Place(place.caller, f"/v1/clocks/{clock['id']}") for place, clock in zip(owners, more, strict=True)]
    _all(load, [_post(place, "/buy", {"amount": TIME_AMOUNT}) for place in clocks])
    load.close()
    chance = random.Random(1)
    chance.shuffle(wallets)
    chance.shuffle(clocks)
    return Setting(wallets, clocks)


def _open_masters(server: Server) -> list[Caller]:
    """Signing in is slow on purpose, so each owner does it once, for a key."""
    callers: list[Caller] = []
    with server.wire as wire:
        operator = wire.must("POST", "/v1/sign-in", {"login": "operator", "password": PASSWORD})["token"]
        for number in range(MASTERS):
            owner = {"login": f"owner-{number}", "password": PASSWORD}
            wire.must("POST", "/v1/masters", {"name": f"Business {number}", **owner}, token=operator)
            token = wire.must("POST", "/v1/sign-in", owner)["token"]
            app = {"name": "load", "kind": "secret", "scopes": SCOPES}
            callers.append(Caller(wire.must("POST", "/v1/apps", app, token=token)["key"]))
    return callers


def _post(place: Place, verb: str, body: dict[str, Any]) -> bytes:
    return place.caller.request("POST", place.path + verb, body, keyed=True)


def _all(load: Load, requests: list[bytes]) -> list[dict[str, Any]]:
    source = Listed(requests)
    result = load.drive(source)
    if result.failed:
        raise RuntimeError(f"{result.failed} of {len(requests)} requests failed: {result.first_failure}")
    return [json.loads(body) for body in source.bodies]
