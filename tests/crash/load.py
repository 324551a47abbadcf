"""The load: clients of several businesses that buy, pay and run sessions, and remember what they were told."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import urllib3

from tests.api import Api, Json
from tests.crash.deeds import Deed
from tests.server import Customer, Server, Shop

SHOPS = 2
CLIENTS = 3
"""Clients of each business."""
BATCH = 20


class Hands(NamedTuple):
    """A client: the holder of a key, who runs one customer's sessions and moves credits between all of them."""

    key: str
    own: Customer
    all: list[Customer]


class Load:
    """Clients of a server that is killed under them."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.seed = seed
        self.shops = [server.new_shop() for _ in range(SHOPS)]
        self.deeds: list[Deed] = []
        self._clients = [hands for shop in self.shops for hands in _clients(shop)]
        self._numbers = random.Random(seed)
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def run(self, blow: Callable[[], None], seconds: float) -> list[Deed]:
        """Work for a while, strike, and give what was asked for meanwhile."""
        self._stop.clear()
        before = len(self.deeds)
        seeds = [self._numbers.getrandbits(64) for _ in self._clients]
        with ThreadPoolExecutor(len(self._clients)) as threads:
            work = [threads.submit(self._work, *pair) for pair in zip(self._clients, seeds, strict=True)]
            try:
                time.sleep(seconds)
                blow()
            finally:
                self._stop.set()
            for future in work:
                future.result()
        return self.deeds[before:]

    def _work(self, hands: Hands, seed: int) -> None:
        numbers = random.Random(seed)
        api = self.server.nobody.holding(hands.key)
        session: Json = None
        while not self._stop.is_set():
            deed = _session(hands, session, numbers) if numbers.random() < 0.4 else _money(hands, numbers)
            deed.api = api
            with self._lock:
                self.deeds.append(deed)
            while (answer := deed.ask()) is None and not self._stop.wait(0.05):
                continue
            deed.answer = answer
            if answer is not None and "/sessions" in deed.path:
                session = _after(deed)
            if session and numbers.random() < 0.3:
                _renew(api, session)


def _clients(shop: Shop) -> list[Hands]:
    customers = [shop.customer(ms=3_600_000) for _ in range(CLIENTS)]
    token = shop.key.token
    assert token
    return [Hands(token, customer, customers) for customer in customers]


def _money(hands: Hands, numbers: random.Random) -> Deed:
    """Something about credits, or several things at once."""
    key = f"{numbers.getrandbits(96):024x}"
    if numbers.random() < 0.2:
        operations = [_operation(hands, numbers, f"{key}-{n}") for n in range(BATCH)]
        return Deed(_NOBODY, "/v1/batch", {"operations": operations}, None)
    operation = _operation(hands, numbers, key)
    noun, _, verb = operation.pop("op").partition(".")
    identifier = operation.pop(noun)
    del operation["key"]
    return Deed(_NOBODY, f"/v1/{noun}s/{identifier}/{verb.replace('_', '-')}", operation, key)


def _operation(hands: Hands, numbers: random.Random, key: str) -> Json:
    one, two = numbers.sample(hands.all, 2)
    choices: list[Json] = [
        {"op": "wallet.top_up", "wallet": one.wallet, "amount": numbers.randint(1, 999), "reference": key},
        {"op": "wallet.pay", "wallet": one.wallet, "amount": numbers.randint(1, 99)},
        {"op": "wallet.transfer", "wallet": one.wallet, "to_wallet": two.wallet, "amount": numbers.randint(1, 99)},
        {"op": "clock.buy", "clock": one.clock, "amount": numbers.randint(1, 9)},
        {"op": "clock.return", "clock": one.clock, "ms": numbers.randint(600, 60_000)},
    ]
    (chosen,) = numbers.choices(choices, (3, 6, 6, 1, 1))
    return {**chosen, "key": key}


def _session(hands: Hands, session: Json, numbers: random.Random) -> Deed:
    """Start a session on the client's own clock, or do the next thing with the one that runs."""
    key = f"{numbers.getrandbits(96):024x}"
    if session is None:
        return Deed(_NOBODY, f"/v1/clocks/{hands.own.clock}/sessions", {"lease_ms": 5_000}, key)
    verbs = {"running": ("pause", "stop"), "paused": ("resume", "stop")}[session["state"]]
    return Deed(_NOBODY, f"/v1/sessions/{session['id']}/{numbers.choice(verbs)}", {"seq": session["seq"]}, key)


def _after(deed: Deed) -> Json:
    """The session as the client knows it after an answer; None if there is none that goes on."""
    assert deed.answer
    if deed.answer.status < 300:
        found = deed.answer.json
        return None if found["state"] == "ended" else found
    known: Json = deed.answer.json.get("session")
    return None if known is None or known["state"] == "ended" else known


def _renew(api: Api, session: Json) -> None:
    """Keep a session; the answer says nothing that the books have to."""
    try:
        api.post(f"/v1/sessions/{session['id']}/renew", {"seq": session["seq"]})
    except urllib3.exceptions.HTTPError:
        return


_NOBODY = Api(urllib3.HTTPConnectionPool("127.0.0.1"))
