"""Plays a step against the server and against the model, and compares what they say."""

import random
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.model.compare import Difference, compare_clock, compare_session, milliseconds_of
from tests.model.schedule import CLOCKS
from tests.model.server import PASSWORD, Server
from tests.model.walk import Terms
from tests.model.wire import Answer, Wire
from tests.model.world import Step, World

SCOPES = ["sessions", "session.rate", "clocks", "wallets", "customers"]
STAFF_VERBS = {"end", "take_over", "change"}
PAYMENT_CODES = {"insufficient_credits", "insufficient_time"}
Json = dict[str, Any]


@dataclass
class Desk:
    """A business on a running server: who may call it, and how."""

    wire: Wire
    operator: str
    owner: str
    key: str
    seen: Counter[str] = field(default_factory=Counter[str])

    def call(self, method: str, path: str, body: Json | None = None, *, token: str, key: str | None = None) -> Answer:
        return self.wire.call(method, path, body, token=token, key=key)

    def sign_in(self) -> None:
        """Again: on the test clock hours pass quickly, and tokens expire."""
        people = {"operator": "operator", "owner": "owner"}
        for who, login in people.items():
            answer = self.wire.must("POST", "/v1/sign-in", {"login": login, "password": PASSWORD})
            setattr(self, who, answer["token"])

    def now(self) -> int:
        answer = self.wire.must("GET", "/v1/test-clock", token=self.operator)
        return milliseconds_of(answer["now"])

    def advance(self, milliseconds: int) -> int:
        answer = self.wire.must("POST", "/v1/test-clock", {"advance_ms": milliseconds}, token=self.operator)
        return milliseconds_of(answer["now"])


@contextmanager
def open_desk(server: Server) -> Generator[Desk]:
    """Make a business with an owner and an app. Signing in is slow on purpose: do this once per server."""
    with server.wire as wire:
        credentials = {"login": "owner", "password": PASSWORD}
        operator = wire.must("POST", "/v1/sign-in", {"login": "operator", "password": PASSWORD})["token"]
        wire.must("POST", "/v1/masters", {"name": "Model", **credentials}, token=operator)
        owner = wire.must("POST", "/v1/sign-in", credentials)["token"]
        app = {"name": "model", "kind": "secret", "scopes": SCOPES}
        yield Desk(wire, operator, owner, wire.must("POST", "/v1/apps", app, token=owner)["key"])


class Play:
    """A customer of its own for one schedule."""

    def __init__(self, desk: Desk, tariffs: list[Terms], name: str, seed: int) -> None:
        self.desk = desk
        self.world = World(desk.now(), tariffs)
        self.sessions: dict[int, str] = {}
        self._ended: set[int] = set()
        self._bounds: dict[int, int] = {}
        self._name = name
        self._chance = random.Random(seed)
        self._removes = seed % 4 == 0
        self._sent = 0
        self._replay: Callable[[], None] | None = None
        wire = desk.wire
        customer = wire.must("POST", "/v1/customers", {"login": name}, token=desk.key)
        self.customer = customer["id"]
        self.wallet = customer["wallets"][0]
        self.tariffs = [
            wire.must("POST", "/v1/tariffs", {"name": name, **vars(terms)}, token=desk.owner)["id"] for terms in tariffs
        ]
        self.clocks: list[str] = list(customer["clocks"])
        while len(self.clocks) < CLOCKS:
            self.clocks.append(wire.must("POST", f"/v1/customers/{self.customer}/clocks", {}, token=desk.key)["id"])
        for clock in self.clocks:
            wire.must("PATCH", f"/v1/clocks/{clock}", {"tariff": self.tariffs[0], "parallel": 1}, token=desk.owner)
            self.world.add_clock(0, 1)

    def play(self, step: Step) -> None:
        """Raises `Difference` if server and model disagree. A step about a session that never began is left out."""
        if step.session is not None and step.session not in self.sessions:
            return
        if step.values.get("revives") and step.values["revives"] not in self.sessions:
            return
        if step.verb == "advance":
            self._advance(step)
            return
        answer = self._send(step)
        self.desk.seen[step.verb if answer.ok else answer.code] += 1
        self._judge(step, answer)
        told = answer.ok and step.session is None and step.verb != "start"
        if self._chance.random() < (0.1 if told else 1 if answer.ok else 0.3):
            self._compare_clock(step.clock)
        if self._chance.random() < 0.1:
            self._compare_wallet()
        if self._replay and self._chance.random() < 0.1:
            self._replay()
            self._compare_clock(step.clock)

    def _judge(self, step: Step, answer: Answer) -> None:
        refusals = self.world.refusals(step)
        over = step.session is not None and self.world.sessions[step.session].state == "ended"
        if answer.ok:
            # Whether an old `seq` matters for a stop that comes late, the design leaves open.
            if refusals and not (over and step.verb == "stop"):
                raise Difference(f"carried out, but the model refuses: {sorted(refusals)}")
            self.world.carry_out(step)
            self._compare_answer(step, answer.json)
        elif answer.code not in refusals:
            expected = sorted(refusals) or "success"
            raise Difference(f"answered {answer}, the model says: {expected}")
        elif answer.status != (402 if answer.code in PAYMENT_CODES else 409) and answer.code != "conversion_too_small":
            raise Difference(f"refused with an odd status: {answer}")

    def close(self) -> None:
        """End what is open, so that later schedules don't carry it along, and compare everything once more."""
        if self._removes:
            self._remove()
        for label, session in list(self.world.sessions.items()):
            if session.state != "ended":
                self.play(Step("end", self.world.homes[label], label))
        for label in self.sessions:
            self._compare_session(label)
            self._compare_explanation(label)
            self.desk.seen[f"→ {self.world.sessions[label].reason}"] += 1
        self._compare_wallet()

    def _remove(self) -> None:
        """Remove the customer, which closes its sessions, and bring it back."""
        wire, path = self.desk.wire, f"/v1/customers/{self.customer}"
        wire.must("DELETE", path, token=self.desk.key)
        for clock in self.world.clocks:
            for session in clock.open:
                clock.end(session, "closed")
        answer = self.desk.call("POST", f"/v1/clocks/{self.clocks[0]}/sessions", {}, token=self.desk.key)
        if answer.ok or answer.code != "customer_removed":
            raise Difference(f"a start for a removed customer was answered {answer}")
        wire.must("POST", f"{path}/recover", {}, token=self.desk.key)
        for clock in range(CLOCKS):
            self._compare_clock(clock)

    def _advance(self, step: Step) -> None:
        self.desk.seen["advance"] += 1
        now = self.desk.advance(step.number("ms"))
        busy = {clock for clock in range(CLOCKS) if self.world.clocks[clock].open or self.world.clocks[clock].lots}
        self.world.carry_out(step)
        if now != self.world.now:
            raise Difference(f"the server's time is {now}, the model's {self.world.now}")
        before = dict(self._bounds)
        for clock in range(CLOCKS):
            # One that holds nothing and runs nothing is looked at now and then.
            if self.world.clocks[clock].lots or clock in busy or self._chance.random() < 0.2:
                self._compare_clock(clock)
        for label, bound in before.items():
            session = self.world.sessions[label]
            if session.state == "ended" and session.used > bound:
                raise Difference(f"session {label} used {session.used} ms, more than {bound} as told by max_loss_ms")

    def _send(self, step: Step) -> Answer:
        method, path, body = self._request(step)
        token = self.desk.owner if step.verb in STAFF_VERBS else self.desk.key
        self._sent += 1
        key = None if step.verb == "renew" else f"{self._name}-{self._sent:06d}"
        answer = self.desk.call(method, path, body, token=token, key=key)

        def replay() -> None:
            again = self.desk.call(method, path, body, token=token, key=key)
            if again != answer:
                raise Difference(f"a replay of {method} {path} {body}\nwas first answered {answer}\nand now {again}")

        if key:
            self._replay = replay
        return answer

    def _request(self, step: Step) -> tuple[str, str, Json]:
        values = {name: value for name, value in step.values.items() if value is not None}
        clock = f"/v1/clocks/{self.clocks[step.clock]}"
        match step.verb:
            case "top_up" | "pay":
                return "POST", f"/v1/wallets/{self.wallet}/{step.verb.replace('_', '-')}", values
            case "change":
                return "PATCH", clock, values | {"tariff": self.tariffs[step.number("tariff")]}
            case "start":
                del values["label"]
                if "revives" in values:
                    values["revives"] = self.sessions[step.number("revives")]
                return "POST", f"{clock}/sessions", values
            case "buy" | "return":
                return "POST", f"{clock}/{step.verb}", values
            case "grant":
                for name in ("starts", "expires"):
                    if f"{name}_in" in values:
                        del values[f"{name}_in"]
                        values[f"{name}_at"] = instant(self.world.now + step.number(f"{name}_in"))
                return "POST", f"{clock}/grant", values
            case _:
                label = step.session or 0
                stale = values.pop("stale", None)
                if step.verb not in {"end", "take_over"}:
                    values["seq"] = self.world.sessions[label].seq - (1 if stale else 0)
                return "POST", f"/v1/sessions/{self.sessions[label]}/{step.verb.replace('_', '-')}", values

    def _compare_answer(self, step: Step, answer: Json) -> None:
        label = step.number("label") if step.verb == "start" else step.session
        if label is not None:
            self.sessions.setdefault(label, answer["id"])
            compare_session(answer, self.world, label, self.sessions)
        elif step.verb == "change":
            self._check_clock(step.clock, answer)
        else:
            if "clock" in answer:
                self._check_clock(step.clock, answer["clock"])
            self._check_wallet(answer.get("wallet"))

    def _compare_clock(self, clock: int) -> None:
        self._check_clock(clock, self.desk.wire.must("GET", f"/v1/clocks/{self.clocks[clock]}", token=self.desk.key))
        for session in self.world.clocks[clock].sessions:
            if session.state == "ended" and session.label not in self._ended:
                self._ended.add(session.label)
                self._compare_session(session.label)

    def _check_clock(self, clock: int, answer: Json) -> None:
        compare_clock(answer, self.world, clock, self.sessions)
        told = {session["id"]: session for session in answer["sessions"]}
        for session in self.world.clocks[clock].sessions:
            name = self.sessions.get(session.label)
            if session.state == "running" and name in told:
                # Rounding may move one millisecond from one session to another.
                self._bounds[session.label] = told[name]["used_ms"] + told[name]["max_loss_ms"] + 1
            else:
                self._bounds.pop(session.label, None)

    def _compare_session(self, label: int) -> None:
        answer = self.desk.wire.must("GET", f"/v1/sessions/{self.sessions[label]}", token=self.desk.key)
        compare_session(answer, self.world, label, self.sessions)

    def _compare_explanation(self, label: int) -> None:
        path = f"/v1/sessions/{self.sessions[label]}/explain"
        answer = self.desk.wire.must("GET", path, token=self.desk.key)
        session = self.world.sessions[label]
        total = sum(segment["burned"] for segment in answer["segments"])
        if not (answer["burned"] == total == session.burned and answer["used_ms"] == session.used):
            raise Difference(
                f"the explanation of session {label} says burned {answer['burned']} (its segments {total}), "
                f"used {answer['used_ms']}; the model says {session.burned}, {session.used}"
            )

    def _compare_wallet(self) -> None:
        self._check_wallet(self.desk.wire.must("GET", f"/v1/wallets/{self.wallet}", token=self.desk.key))

    def _check_wallet(self, answer: Json | None) -> None:
        expected = {"balance": self.world.wallet, "held": 0, "available": self.world.wallet}
        if answer is not None and any(answer[name] != value for name, value in expected.items()):
            raise Difference(f"the wallet is {answer}, the model says {expected}")


def instant(milliseconds: int) -> str:
    whole, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
