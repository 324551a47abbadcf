"""Whatever dies, events reach webhooks: nothing is lost, and the order of each thing is kept."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import urllib3

from creditclock.contract.values import identify, master_of
from tests.conftest import Servers
from tests.receiver import Receiver, Say, check_order, eventually
from tests.server import Server, Shop
from tests.webhooks import get, make

ANY = ("--webhook-addresses", "any")
ROOT = Path(__file__).parents[2]


class Victim:
    """A receiver in a process of its own, on a port that stays the same."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def heard(self) -> list[tuple[str, str]]:
        """Subjects and ids of what came, in its order; a line that was cut off doesn't count."""
        lines = self.file.read_text().split("\n")[:-1]
        return [(line.split()[0], line.split()[1]) for line in lines if len(line.split()) == 2]

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.receiver", str(self.port), str(self.file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout
            self._process.stdout.close()
            self._process = None


def kill_both(server: Server) -> None:
    """Kill the process that writes and the other one, without a warning."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.writer, signal.SIGKILL)
    server.kill()


def events_of(server: Server, shop: Shop) -> list[tuple[str, str]]:
    """Subjects and ids of everything that happened, in its order."""
    master = master_of(shop.id)
    rows = server.rows("SELECT no, subject FROM event WHERE master_id = ? ORDER BY no", master)
    return [(subject, identify("evt", master, number)) for number, subject in rows]


def check_heard(heard: list[tuple[str, str]], told: list[tuple[str, str]]) -> None:
    """Everything was heard, of each thing in its order; some of it twice."""
    assert set(heard) == set(told)
    for subject in {subject for subject, _ in told}:
        firsts = list(dict.fromkeys(event for of, event in heard if of == subject))
        assert firsts == [event for of, event in told if of == subject]


def top_up_for_ever(shop: Shop, wallets: list[str], stop: threading.Event) -> None:
    amount = 1
    while not stop.is_set():
        for wallet in wallets:
            amount += 1
            try:
                shop.key.post(f"/v1/wallets/{wallet}/top-up", {"amount": amount})
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)


def test_nothing_is_lost_when_everything_is_killed(servers: Servers, kind: str, tmp_path: Path) -> None:
    server = servers.made(kind)
    server.flags = ANY
    victim = Victim(tmp_path / "heard")
    stop = threading.Event()
    with server:
        shop = server.new_shop()
        wallets = [shop.customer().wallet for _ in range(5)]
        before = set(events_of(server, shop))
        victim.start()
        webhook = make(shop, victim.url)
        thread = threading.Thread(target=top_up_for_ever, args=(shop, wallets, stop))
        thread.start()
        try:
            for round_ in range(3):
                heard = len(victim.heard)
                eventually(lambda heard=heard: len(victim.heard) > heard + 20, 40)
                if round_ != 1:
                    victim.kill()
                if round_ != 0:
                    kill_both(server)
                    server.start()
                time.sleep(0.2)
                victim.start() if round_ != 1 else None
        finally:
            stop.set()
            thread.join()
        eventually(lambda: get(shop, webhook)["pending"] == 0, 60)
        told = [event for event in events_of(server, shop) if event not in before]
        victim.kill()
        assert len(told) > 60
        check_heard(victim.heard, told)
        assert server.check() == ""


def test_another_server_takes_over_when_the_one_that_relays_is_killed(servers: Servers) -> None:
    one = servers.new("postgresql")
    one.flags = ANY
    with one, Receiver() as receiver:
        shop = one.new_shop()
        customers = [shop.customer() for _ in range(3)]
        webhook = make(shop, receiver.url, "wallet.changed")
        shop.key.post(f"/v1/wallets/{customers[0].wallet}/top-up", {"amount": 1}).ok()
        receiver.wait_for(1)
        two = Server(servers.folder(), one.database, flags=(*ANY, "--keys", str(one.folder / "creditclock.keys")))
        with two:
            same = Shop(two, {"id": shop.id, "tariff": shop.tariff}, shop.login)
            assert same.key.token  # made now, not while the time counts
            kill_both(one)
            began = time.monotonic()
            for customer in customers:
                same.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 2}).ok()
            receiver.wait_for(4)
            assert time.monotonic() - began < 5
            one.start()
            for number in range(10):
                for customer in customers:
                    (shop if number % 2 else same).key.post(
                        f"/v1/wallets/{customer.wallet}/top-up", {"amount": 3 + number}
                    ).ok()
            eventually(lambda: len({came.id for came in receiver.taken}) == 34)
            eventually(lambda: get(same, webhook)["pending"] == 0)
            check_order(receiver.came)
            assert len(receiver.came) == 34, "two servers relayed at once"


def test_relay_goes_on_when_its_connections_are_cut(servers: Servers) -> None:
    server = servers.made("postgresql")
    server.flags = ANY
    with server, Receiver() as receiver:
        shop = server.new_shop()
        customer = shop.customer()
        make(shop, receiver.url)
        for number in range(1, 5):
            shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": number}).ok()
            eventually(lambda number=number: len({one.id for one in receiver.taken}) == number)
            server.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            eventually(lambda: server.nobody.get("/readyz").status == 200)
        came = dict.fromkeys((one.id, one.event["data"]["amount"]) for one in receiver.taken)
        assert [amount for _, amount in came] == [1, 2, 3, 4]


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in found for child in file.read_text().split()]


def test_process_that_sends_is_started_again(servers: Servers) -> None:
    server = servers.made("sqlite")
    server.flags = ANY
    with server, Receiver() as receiver:
        shop = server.new_shop()
        assert shop.key.token, "made before, for that is told too"
        webhook = make(shop, receiver.url)
        shop.customer()
        receiver.wait_for(3)
        (sender,) = children_of(server.writer)
        receiver.answer = lambda _event: Say(wait_s=0.3)
        customer = shop.customer()
        eventually(lambda: receiver.under_way > 0)
        os.kill(sender, signal.SIGKILL)
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
        eventually(lambda: len({came.id for came in receiver.taken}) == 7)
        eventually(lambda: get(shop, webhook)["pending"] == 0)
        (another,) = children_of(server.writer)
        assert another != sender
        server.stop()
        eventually(lambda: not Path(f"/proc/{another}").exists())


def test_one_process_serves_webhooks_too(servers: Servers) -> None:
    server = servers.made("sqlite")
    server.flags = ANY
    (server.folder / "creditclock.toml").write_text('lane = "thread"\n')
    with server, Receiver() as receiver:
        shop = server.new_shop()
        assert shop.key.token, "made before, for that is told too"
        webhook = make(shop, receiver.url)
        shop.customer(credits=5)
        receiver.wait_for(4)
        eventually(lambda: get(shop, webhook)["pending"] == 0)
        check_order(receiver.came)
        receiver.answer = lambda _event: Say(wait_s=20)
        shop.customer()
        eventually(lambda: receiver.under_way == 3)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 15
