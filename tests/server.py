"""Real `creditclock serve` processes for tests, and businesses on them made in a few calls.

Signing in is slow by design, so that a server signs each person in once and a business's key does most of the work.
"""

import contextlib
import itertools
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import weakref
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

import psycopg

from creditclock.contract.instants import parsed
from creditclock.contract.values import identify, master_of, number_of
from tests.api import Api, Json, pool

PROGRAM = Path(sys.executable).with_name("creditclock")
OPERATOR_PASSWORD = "operator-of-a-test"
PASSWORD = "correct horse"
STOP_TIMEOUT_S = 30
SCOPES = ("sessions", "session.rate", "customers", "wallets", "clocks")
Row = tuple[Any, ...]
_NUMBERS = itertools.count(1)


def environment(folder: Path) -> dict[str, str]:
    """The environment of a process that shall know nothing of whoever runs the tests."""
    strange = ("CREDITCLOCK_", "XDG_", "COLUMNS", "LINES")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return clean | {"HOME": str(folder), "CREDITCLOCK_OPERATOR_PASSWORD": OPERATOR_PASSWORD}


def creditclock(folder: Path, *arguments: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [PROGRAM, *arguments],
        check=False,
        cwd=folder,
        env=environment(folder) | surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )


def _kept_port(owner: object) -> int:
    """A port that nobody else is given while `owner` lives; who names it may listen there."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port: int = holder.getsockname()[1]
    weakref.finalize(owner, holder.close)
    return port


class Server:
    """A server in its own process; what it writes lies in `folder`. Its port stays the same over restarts."""

    def __init__(
        self, folder: Path, database: str | None = None, *, test_clock: bool = False, flags: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.flags = flags
        self.database = database or f"sqlite:///{folder / 'creditclock.db'}"
        self.test_clock = test_clock
        self.port = _kept_port(self)
        self.surroundings: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._tokens: dict[str, tuple[Api, int]] = {}
        self._now = 0
        self._postgres: psycopg.Connection[Row] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def nobody(self) -> Api:
        """Somebody without a token."""
        return self._api

    @property
    def operator(self) -> Api:
        return self.signed_in("operator", OPERATOR_PASSWORD)

    @property
    def now(self) -> int:
        """The test clock's time."""
        return self._now

    @cached_property
    def shop(self) -> "Shop":
        """A business for tests that only add customers to it."""
        return self.new_shop()

    def start(self) -> None:
        command = [PROGRAM, "serve", "--database", self.database, "--listen", f"127.0.0.1:{self.port}", *self.flags]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [*command, "--test-clock"] if self.test_clock else command,
                cwd=self.folder,
                env=environment(self.folder) | self.surroundings,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        try:
            greeting = self._process.stdout.readline()
        except KeyboardInterrupt:
            self.stop()
            raise
        if "listens on" not in greeting:
            self.kill()
            raise RuntimeError(f"creditclock serve didn't start: {greeting}{self.log}")
        self.port = int(greeting.split(" ")[3].rpartition(":")[2])
        self._api = Api(pool(self.port))
        self._tokens = {name: (self._api.holding(api.token), until) for name, (api, until) in self._tokens.items()}
        if self.test_clock:
            self._now = parsed(self.operator.get("/v1/test-clock").ok()["now"])

    @property
    def writer(self) -> int:
        """The id of the process that writes."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0])

    @property
    def pid(self) -> int:
        """The id of the process that answers."""
        assert self._process
        return self._process.pid

    def wait(self) -> int:
        """Wait until it ends by itself; gives its exit status."""
        return self._end(None)

    def close(self) -> None:
        """Stop it, and let go of everything."""
        self.stop()
        if self._postgres:
            self._postgres.close()

    def stop(self) -> int:
        """Stop it as an administrator would; gives its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it without a warning."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def signed_in(self, login: str, password: str, master: str | None = None) -> Api:
        """Somebody with a token, signed in once and again when the token has expired."""
        name = f"{master}/{login}"
        known = self._tokens.get(name)
        if known and known[1] > self._now:
            return known[0]
        body = {"login": login, "password": password} | ({"master": master} if master else {})
        answer = self._api.post("/v1/sign-in", body).ok()
        api = self._api.holding(answer["token"])
        self._tokens[name] = (api, parsed(answer["expires_at"]))
        return api

    def advance(self, ms: int) -> int:
        """Move the test clock; gives its new time."""
        self._now = parsed(self.operator.post("/v1/test-clock", {"advance_ms": ms}).ok()["now"])
        return self._now

    def unique(self, text: str) -> str:
        """A text that no other test has."""
        return f"{text}{next(_NUMBERS)}.{os.getpid()}"

    def new_shop(self, **terms: Json) -> "Shop":
        """A business of one's own."""
        login = self.unique("owner")
        body = {"name": "Corner", "login": login, "password": PASSWORD, **terms}
        return Shop(self, self.operator.post("/v1/masters", body).ok(201), login)

    def rows(self, statement: str, *values: object) -> list[Row]:
        """What is in the database; `?` stands for a value."""
        path = self.path
        if path:
            with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
                return connection.execute(statement, values).fetchall()
        text = statement.replace("?", "%s").encode()
        if not self._process:
            with psycopg.connect(self.database, autocommit=True) as connection:
                return connection.execute(text, values).fetchall()
        if not self._postgres or self._postgres.closed:
            self._postgres = psycopg.connect(self.database, autocommit=True)
        try:
            return self._postgres.execute(text, values).fetchall()
        except psycopg.OperationalError:
            self._postgres.close()
            raise

    def change(self, *statements: tuple[str, Sequence[object]]) -> None:
        """Change the database behind the server's back, in one transaction."""
        if self.path:
            with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as file, file:
                file.execute("PRAGMA foreign_keys = ON")
                for statement, values in statements:
                    file.execute(statement, values)
            return
        with psycopg.connect(self.database) as connection:
            for statement, values in statements:
                connection.execute(statement.replace("?", "%s").encode(), values)

    @property
    def path(self) -> str | None:
        """The file of a SQLite database."""
        return self.database.removeprefix("sqlite:///") if self.database.startswith("sqlite") else None

    def check(self) -> str:
        """What `creditclock check` says when it finds something; nothing if the books are right."""
        done = creditclock(self.folder, "check", "--database", self.database)
        return f"{done.stdout}{done.stderr}" if done.returncode else ""

    def _end(self, how: signal.Signals | None) -> int:
        if not self._process:
            return 0
        process, self._process = self._process, None
        if how:
            process.send_signal(how)
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            assert process.stdout
            process.stdout.close()


def asked_for_credits(server: Server, customer: "Customer") -> str:
    """The id of a request for credits that waits: made behind the server's back, as the instruction set isn't on."""
    master, wallet = master_of(customer.wallet), number_of(customer.wallet)
    number = 2**46 + next(_NUMBERS)
    server.change(
        (
            "INSERT INTO supply_request (master_id, id, customer, wallet, amount, currency, cost, state, asked_at)"  # noqa: ISC004
            " VALUES (?, ?, ?, ?, 5, 'EUR', 0, 'pending', 0)",
            (master, number, number_of(customer.id), wallet),
        )
    )
    return identify("srq", master, number)


class Customer(NamedTuple):
    """A customer by the ids that tests need."""

    id: str
    login: str
    wallet: str
    clock: str


class Shop:
    """A business: `owner` has signed in, `key` is a secret key with every scope, which never expires."""

    def __init__(self, server: Server, master: Json, login: str) -> None:
        self.server = server
        self.id: str = master["id"]
        self.tariff: str = master["tariff"]
        self.login = login

    @property
    def owner(self) -> Api:
        return self.server.signed_in(self.login, PASSWORD)

    @cached_property
    def key(self) -> Api:
        return self.key_with(*SCOPES)

    @property
    def lane(self) -> Row:
        """The business's lane row; it changes with everything that is written.

        Also when a session ends by itself that another test left: look at it in a business of one's own.
        """
        return self.server.rows("SELECT * FROM lane WHERE master_id = ?", master_of(self.id))[0]

    def key_with(self, *scopes: str) -> Api:
        """A secret key with these scopes."""
        body = {"name": "Desk", "kind": "secret", "scopes": scopes}
        return self.server.nobody.holding(self.owner.post("/v1/apps", body).ok(201)["key"])

    def publishable(self) -> Api:
        body = {"name": "Product", "kind": "publishable"}
        return self.server.nobody.holding(self.owner.post("/v1/apps", body).ok(201)["key"])

    def customer(self, *, credits: int = 0, ms: int = 0, password: str | None = None) -> Customer:  # noqa: A002
        """A new customer with credits in the wallet and granted time on the clock."""
        login = self.server.unique("customer")
        made = self.key.post("/v1/customers", {"login": login, "password": password}).ok(201)
        customer = Customer(made["id"], login, made["wallets"][0], made["clocks"][0])
        if credits:
            self.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": credits}).ok()
        if ms:
            self.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": ms}).ok()
        return customer

    def signed_in(self, customer: Customer, password: str = PASSWORD) -> Api:
        return self.server.signed_in(customer.login, password, self.id)

    def new_tariff(self, **terms: Json) -> str:
        """A tariff of one's own; what is left out is as in a business's first."""
        return self.owner.post("/v1/tariffs", {"name": "Special", "price": 6_000, **terms}).ok(201)["id"]

    def clock_with(self, customer: Customer, *, ms: int = 0, parallel: int | None = None, **terms: Json) -> str:
        """One more clock of a customer, with terms and granted time of its own."""
        tariff = self.new_tariff(**terms)
        body = {"tariff": tariff, "parallel": parallel}
        clock: str = self.key.post(f"/v1/customers/{customer.id}/clocks", body).ok(201)["id"]
        if ms:
            self.key.post(f"/v1/clocks/{clock}/grant", {"ms": ms}).ok()
        return clock

    def wallet(self, wallet: str) -> Json:
        return self.key.get(f"/v1/wallets/{wallet}").ok()

    def balance(self, wallet: str) -> int:
        return self.wallet(wallet)["balance"]

    def clock(self, clock: str) -> Json:
        return self.key.get(f"/v1/clocks/{clock}").ok()

    def session(self, session: str) -> Json:
        return self.key.get(f"/v1/sessions/{session}").ok()

    def start(self, clock: str, **terms: Json) -> Json:
        return self.key.post(f"/v1/clocks/{clock}/sessions", terms).ok(201)

    def act(self, verb: str, session: Json) -> Json:
        """Renew, pause, resume or stop a session as its holder."""
        return self.key.post(f"/v1/sessions/{session['id']}/{verb}", {"seq": session["seq"]}).ok()

    def records(self, kind: str, identifier: str) -> list[Json]:
        """The whole statement of a wallet or clock, oldest first."""
        items: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.key.get(f"/v1/{kind}/{identifier}/records", limit=1_000, **cursor).ok()
            items += page["items"]
            if page["next"] is None:
                return items[::-1]
            cursor = {"cursor": page["next"]}

    def holdings(self, customer: Customer) -> list[Json]:
        """All that a customer has and what happened to it, to be compared with later."""
        clock = {name: value for name, value in self.clock(customer.clock).items() if name != "as_of"}
        return [
            self.wallet(customer.wallet),
            clock,
            self.records("wallets", customer.wallet),
            self.records("clocks", customer.clock),
        ]


def key_of(identifier: str) -> tuple[int, int]:
    """The key of a thing's row in the database."""
    return master_of(identifier), number_of(identifier)
