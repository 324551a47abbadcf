"""Sessions that a program holds, on a real server: how they are kept, warned, ended, and left."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from creditclock import (
    Client,
    InsufficientCredits,
    OutOfTime,
    Problem,
    SessionEnded,
    SessionLapsed,
    SessionOver,
    StaleSeq,
    current_session,
)
from creditclock.testing import Creditclock
from tests.conftest import Servers
from tests.server import Server, Shop
from tests.timing import keeps

pytest_plugins = ["creditclock.testing"]


def client_of(shop: Shop) -> Client:
    return Client(f"http://127.0.0.1:{shop.server.port}", shop.key.token)


def test_time_is_exact_and_the_end_comes_at_zero(shop: Shop) -> None:
    def took() -> float:
        customer = shop.customer(ms=1_500)
        ended: list[SessionOver] = []
        began = time.monotonic()
        with client_of(shop) as client, pytest.raises(OutOfTime) as caught:  # noqa: PT012, SIM117 - the block raises
            with client.clock(customer.clock).session(on_end=ended.append) as session:
                left = session.left.total_seconds()
                assert 1.499 - (time.monotonic() - began) < left <= 1.5
                for _ in session.over(range(1_000)):
                    session.sleep(0.01)
        until = time.monotonic()
        assert until - began > 1.45
        assert (caught.value.code, caught.value.reason) == ("session_ended", "empty")
        assert caught.value.session is not None
        assert caught.value.session.used_ms == 1_500
        assert [problem.reason for problem in ended] == ["empty"]
        assert shop.clock(customer.clock)["balance_ms"] == 0
        return until - began

    keeps(2.5, took)


def test_a_session_shows_what_it_is_and_no_token(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))
    session = customer.clock.session()
    assert repr(session) == f"<RunningSession on {customer.clock_id}: not begun>"
    with session:
        assert repr(session) == f"<RunningSession on {customer.clock_id}: {session.session.id} running>"
    assert repr(session).endswith(" ended>")


def test_a_sleep_wakes_at_the_end(shop: Shop) -> None:
    def took() -> float:
        customer = shop.customer(ms=400)
        began = time.monotonic()
        with client_of(shop) as client, pytest.raises(OutOfTime), client.clock(customer.clock).session() as session:
            session.sleep(timedelta(seconds=20))
        assert time.monotonic() - began > 0.35
        return time.monotonic() - began

    keeps(1.5, took)


def test_leaving_the_block_stops_it_also_on_an_error(shop: Shop) -> None:
    customer = shop.customer(ms=60_000)
    with client_of(shop) as client:
        with client.clock(customer.clock).session(note="one") as session:
            assert current_session() is session
        assert current_session() is None
        assert shop.session(session.session.id)["reason"] == "stopped"
        with pytest.raises(ZeroDivisionError), client.clock(customer.clock).session() as session:
            _ = 1 // 0
        assert shop.session(session.session.id)["reason"] == "stopped"
        with pytest.raises(RuntimeError, match="runs once"), session:
            pass


def test_time_that_ran_out_unnoticed_is_told_when_the_block_is_left(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))
    with pytest.raises(OutOfTime), customer.clock.session():  # noqa: PT012 - the block is what raises
        creditclock.client.test_clock.set(advance_ms=30_000)
        creditclock.advance(30_000)


def test_a_start_without_time_is_refused(creditclock: Creditclock) -> None:
    customer = creditclock.customer()
    with pytest.raises(OutOfTime) as caught, customer.clock.session():
        pass
    assert (caught.value.code, caught.value.session) == ("insufficient_time", None)
    with pytest.raises(InsufficientCredits):
        customer.clock.buy(5)


def test_warnings_come_before_the_end_and_again_after_a_top_up(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=6), credit=1_000)
    warned: list[timedelta] = []
    with customer.clock.session(on_warn=warned.append) as session:
        creditclock.advance(timedelta(minutes=5, seconds=30))
        assert [round(left.total_seconds()) for left in warned] == [300, 60]
        customer.clock.buy(time=timedelta(minutes=10))
        creditclock.advance(timedelta(seconds=1))
        assert session.left > timedelta(minutes=10)
        creditclock.advance(timedelta(minutes=9, seconds=50))
    assert [round(left.total_seconds()) for left in warned] == [300, 60, 300, 60]


def test_a_callback_that_fails_or_hangs_harms_nothing(
    creditclock: Creditclock, caplog: pytest.LogCaptureFixture
) -> None:
    customer = creditclock.customer(time=timedelta(minutes=2))

    def fail(left: timedelta) -> None:
        raise ValueError(left)

    with pytest.raises(OutOfTime), customer.clock.session(on_warn=fail) as session:  # noqa: PT012 - the block is what raises
        creditclock.advance(timedelta(minutes=1))
        session.check()
        creditclock.advance(timedelta(minutes=1))
    assert "a callback of a session failed" in caplog.text


def test_pausing_stops_the_clock(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=2))
    with customer.clock.session() as session:
        session.pause()
        session.check()
        creditclock.advance(timedelta(hours=1))
        assert session.left == timedelta(minutes=2)
        session.resume()
        creditclock.advance(timedelta(minutes=1))
        assert session.session.used_ms == 60_000
        with pytest.raises(Problem) as caught:
            session.resume()
        assert caught.value.code == "not_paused"
        session.check()


def test_work_waits_while_the_session_is_paused_from_elsewhere(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=2))
    desk = creditclock.shop.secret
    with customer.clock.session() as session:
        desk.sessions.pause(session.session.id, seq=session.session.seq)
        session.refresh()
        resumed = threading.Timer(
            0.3, lambda: desk.sessions.resume(session.session.id, seq=session.session.seq) and session.refresh()
        )
        began = time.monotonic()
        resumed.start()
        session.check()
        assert time.monotonic() - began > 0.25
        resumed.join()


def test_ends_from_elsewhere_have_their_own_class(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=20))
    desk = creditclock.shop.secret
    with pytest.raises(SessionEnded) as ended, customer.clock.session() as session:  # noqa: PT012 - the block is what raises
        desk.sessions.end(session.session.id)
        creditclock.advance(1)
        session.check()
    assert ended.value.reason == "ended"
    seq = 0
    with pytest.raises(StaleSeq) as taken, customer.clock.session() as session:  # noqa: PT012 - the block is what raises
        seq = desk.sessions.take_over(session.session.id).seq
        creditclock.advance(1)
        with pytest.raises(StaleSeq):
            assert session.left
        session.sleep(1)
    assert taken.value.code == "stale_seq"
    # It belongs to its new holder: leaving the block did not stop it.
    assert desk.sessions.stop(session.session.id, seq=seq).reason == "stopped"
    with pytest.raises(SessionLapsed) as lapsed, customer.clock.session() as session:  # noqa: PT012 - the block is what raises
        creditclock.client.test_clock.set(advance_ms=61_000)
        creditclock.advance(1)
        session.check()
    assert lapsed.value.reason == "lease_lapsed"


def test_an_outage_shorter_than_the_lease_is_survived(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(ms=600_000)
        with client_of(shop) as client, client.clock(customer.clock).session(lease=timedelta(seconds=40)) as session:
            first = session.session.lease_until
            server.kill()
            session.sleep(1)
            server.start()
            for _ in range(400):
                session.sleep(0.1)
                if session.session.lease_until != first:
                    break
            assert session.session.lease_until != first
        assert shop.session(session.session.id)["reason"] == "stopped"


def test_an_outage_longer_than_the_lease_ends_it_and_leaving_does_not_hang(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(ms=60_000)
        began = time.monotonic()
        with client_of(shop) as client, pytest.raises(SessionLapsed, match="No answer"):  # noqa: PT012, SIM117 - the block is what raises
            with client.clock(customer.clock).session(lease=5_000) as session:
                server.kill()
                session.sleep(30)
        assert 3 < time.monotonic() - began < 15


def test_a_stop_that_cannot_reach_the_server_is_made_up_for(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        customer = shop.customer(ms=600_000)
        with client_of(shop) as client:
            with client.clock(customer.clock).session(lease=timedelta(minutes=2)) as session:
                server.kill()
            server.start()
            for _ in range(100):
                if shop.session(session.session.id)["state"] == "ended":
                    break
                time.sleep(0.1)
        assert shop.session(session.session.id)["reason"] == "stopped"


KILLED = """
import sys
from creditclock import Client
with Client(sys.argv[1], sys.argv[2]).clock(sys.argv[3]).session(lease=10_000) as session:
    print(session.session.id, session.session.max_loss_ms, flush=True)
    session.sleep(60)
"""


def test_a_killed_program_costs_at_most_max_loss(timed: Shop) -> None:
    customer = timed.customer(ms=600_000)
    url = f"http://127.0.0.1:{timed.server.port}"
    command = [sys.executable, "-c", KILLED, url, str(timed.key.token), customer.clock]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        identifier, most = program.stdout.readline().split()
        program.send_signal(signal.SIGKILL)
    timed.server.advance(3_600_000)
    session = timed.session(identifier)
    assert session["reason"] == "lease_lapsed"
    assert session["used_ms"] <= int(most) == 10_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_cannot_use_or_stop_its_parents_session(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))
    client = creditclock.shop.secret
    with client.clock(customer.clock_id).session() as session:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                session.check()
            except RuntimeError:
                session.__exit__(None, None, None)
                # The client itself may be used: it connects anew.
                code = 0 if client.clocks.get(customer.clock_id).state == "running" else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        session.refresh()
        session.check()


def test_threads_share_a_session(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))
    ends: list[type[BaseException]] = []

    def work() -> None:
        try:
            session.sleep(60)
        except SessionOver as over:
            ends.append(type(over))

    with pytest.raises(OutOfTime), customer.clock.session() as session:  # noqa: PT012 - the block is what raises
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        creditclock.advance(timedelta(minutes=1))
        for thread in threads:
            thread.join(5)
    assert ends == [OutOfTime] * 4


def test_real_top_ups_from_elsewhere_keep_it_running(server: Server) -> None:
    shop = server.shop
    customer = shop.customer(ms=2_500)
    with client_of(shop) as client, pytest.raises(OutOfTime) as caught:  # noqa: PT012, SIM117 - the block is what raises
        with client.clock(customer.clock).session() as session:
            shop.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 900}).ok()
            session.sleep(60)
    assert caught.value.session is not None
    assert caught.value.session.used_ms == 3_400
