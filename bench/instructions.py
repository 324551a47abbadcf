"""`python -m bench.instructions`: instructions per second of the older protocol, and whose answers they are.

Each of 64 clients has an account and a session of its own and one instruction on its way at a time. Every answer must
be the asker's: views name its account, supplies its own running total. Otherwise, or if the books are off, it says VOID
and exits 1; below the bars it says so and exits 1 too.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.http_load import HEAD_END, Load, Result
from bench.machine import describe_machine
from bench.setting import ending
from tests.model.server import Server
from tests.postgres import PostgresServer

CLIENTS = 64
ACCOUNTS_EACH = 8
"""A master has ten accounts at most unless the operator allows more."""
PASSWORD = "Bench-password-1"
KEY = "EWSC-Master-Key-Code"
BARS = {"view": 2_000, "supply": 1_500}
HEAD = b"POST /ewallet/instruction-set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
VIEWS = (
    {"action": "view", "view": "account"},
    {"action": "view", "view": "credit", "credit": "ewallet"},
    {"action": "view", "view": "credit", "credit": "clock"},
    {"action": "view", "view": "contact", "contact": "list"},
)


class Client:
    """A client with its tokens and the account that it works as."""

    def __init__(self, server: Server) -> None:
        self._wire = server.wire
        self.tokens: dict[str, str] = {}
        self.total = 0
        self.mail = ""
        self.number = 0

    def must(self, **instruction: str | int) -> dict[str, Any]:
        body = {"controller": "client", "ctype": "action", **instruction, **self.tokens}
        answer = self._wire.must("POST", "/ewallet/instruction-set", body)
        assert not answer["failed"], answer
        return answer

    def connect(self) -> None:
        self.tokens["client_id"] = self.must(action="request", request="client_id")["client_id"]
        self.tokens["session_token"] = self.must(action="request", request="session_token")["session_token"]

    def log_in(self, master: str, mail: str) -> None:
        self.must(action="acquire", acquire="master", master=master, key=KEY)
        made = self.must(action="new", new="account", user_name=mail, user_pass=PASSWORD, user_email=mail)
        self.must(action="login", user_email=mail, user_pass=PASSWORD)
        self.mail, self.number = mail, made["account_data"]["id"]

    def request(self, **instruction: str | float) -> bytes:
        return HEAD + ending({"ctype": "action", **instruction, **self.tokens})


class Asked:
    """Instructions of clients in turn, each with one on its way; `wrong` are answers that weren't the asker's."""

    def __init__(self, clients: list[Client], case: str) -> None:
        self._clients = clients
        self._case = case
        self._free = deque(range(len(clients)))
        self._views = [[client.request(**view) for view in VIEWS] for client in clients]
        supply = {"action": "supply", "supply": "credits", "credits": 3, "cost": 1.5, "currency": "EUR"}
        self._supplies = [client.request(**supply) for client in clients]
        self._sent = [0] * len(clients)
        self.wrong: list[str] = []

    def request(self) -> tuple[int, bytes] | None:
        number = self._free.popleft()
        if self._case == "supply":
            return number, self._supplies[number]
        return number, self._views[number][self._sent[number] % len(VIEWS)]

    def answered(self, number: int, answer: bytes, /) -> None:
        client = self._clients[number]
        found = json.loads(answer.partition(HEAD_END)[2])
        if self._case == "supply":
            client.total += 3
            fits = found.get("ewallet_credits") == client.total
        else:
            fits = client.mail == found.get("account") or _owner(found) == client.number
        if not fits:
            self.wrong.append(f"{client.mail}: {found}")
        self._sent[number] += 1
        self._free.append(number)


def _owner(answer: dict[str, Any]) -> int | None:
    """The number of the account, or of the wallet that goes with it, that an answer is about."""
    for data, key in (("ewallet_data", "user"), ("clock_data", "ewallet"), ("list_data", "user")):
        if data in answer:
            return answer[data][key]
    return None


def main() -> int:
    """Measure each database in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.gettempdir())
    print("\n".join(describe_machine(folder)))
    right = [
        _measure(database, folder, options.seconds)
        for database in ("sqlite", "postgres")
        if options.database in {database, "both"}
    ]
    return 0 if all(right) else 1


def _measure(database: str, folder: Path, seconds: float) -> bool:
    print(f"\n{database}, {CLIENTS} connections")
    if database == "postgres":
        with PostgresServer(fsync=True, folder=folder) as postgres:
            return _run(postgres.create_database(), folder, seconds)
    return _run(None, folder, seconds)


def _run(url: str | None, folder: Path, seconds: float) -> bool:
    with Server(url, test_clock=False, parent=folder, arguments=["--instruction-set", "open"]) as server:
        clients = _clients(server)
        results = [_case(server, clients, "view", seconds), _case(server, clients, "supply", seconds)]
        _start_timers(clients)
        results.append(_case(server, clients, "view", seconds, "view, timers running"))
        complaint = server.check()
    print("the books are right" if complaint is None else f"VOID: the books are off\n{complaint}")
    return all(results) and complaint is None


def _clients(server: Server) -> list[Client]:
    """Signing in is slow on purpose, so it takes a while."""
    began = time.monotonic()
    clients = [Client(server) for _ in range(CLIENTS)]
    for number, client in enumerate(clients):
        client.connect()
        if number % ACCOUNTS_EACH == 0:
            mail = f"master{number}@bench.example"
            client.must(
                action="new", new="master", master="account", user_name=mail, user_pass=PASSWORD, user_email=mail
            )
    with ThreadPoolExecutor(4) as threads:
        masters = [f"master{number - number % ACCOUNTS_EACH}@bench.example" for number in range(CLIENTS)]
        mails = [f"account{number}@bench.example" for number in range(CLIENTS)]
        list(threads.map(Client.log_in, clients, masters, mails))
    print(f"prepared in {time.monotonic() - began:.1f} s", file=sys.stderr)
    return clients


def _start_timers(clients: list[Client]) -> None:
    for client in clients:
        client.must(action="convert", convert="credits2clock", credits=3)
        client.must(action="start", start="clock_timer")


def _case(server: Server, clients: list[Client], case: str, seconds: float, name: str = "") -> bool:
    load = Load(server.port, CLIENTS, server.cpu_seconds)
    load.drive(Asked(clients, case), 0.5)
    asked = Asked(clients, case)
    result: Result = load.drive(asked, seconds)
    load.close()
    bar = BARS[case]
    print(
        f"{name or case:<22} {result.per_second:>7.0f}/s (bar {bar}), p50 {result.percentile(0.5):.1f} ms, "
        f"p99 {result.percentile(0.99):.1f} ms, {result.server_microseconds:.0f} µs of processor each"
    )
    if asked.wrong or result.failed:
        print(
            f"VOID: {len(asked.wrong)} answers were not the asker's, such as {asked.wrong[:1]}; {result.first_failure}"
        )
        return False
    if result.per_second < bar:
        print("BELOW THE BAR")
    return result.per_second >= bar


if __name__ == "__main__":
    sys.exit(main())
