"""The plugin for other people's tests."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from creditclock import Client, Forbidden, InsufficientCredits, OutOfTime
from creditclock.contract.instants import parsed
from creditclock.testing import Creditclock
from tests.server import environment

pytest_plugins = ["creditclock.testing"]


def test_time_stands_still_until_it_is_moved(creditclock: Creditclock) -> None:
    before = creditclock.now
    assert creditclock.client.test_clock.get().now == creditclock.instant
    assert creditclock.advance(timedelta(hours=1)) == before + timedelta(hours=1)
    creditclock.advance(1)
    assert parsed(creditclock.instant) == int(before.timestamp() * 1_000) + 3_600_001


def test_time_only_goes_forward(creditclock: Creditclock) -> None:
    before = creditclock.now
    with pytest.raises(ValueError, match="time only goes forward"):
        creditclock.advance(timedelta(seconds=-1))
    assert creditclock.advance(0) == before == creditclock.now


def test_people_are_there_and_stay_signed_in_over_months(creditclock: Creditclock) -> None:
    shop = creditclock.shop
    customer = creditclock.customer(credit=500, time=timedelta(minutes=10))
    assert customer.balance == 500
    assert customer.clock.left == timedelta(minutes=10)
    assert customer.client.wallets.get(customer.wallet).balance == 500
    with pytest.raises(Forbidden):
        customer.client.wallets.top_up(customer.wallet, amount=5)
    creditclock.advance(timedelta(days=100))
    assert shop.owner.tokens.who().role == "owner"
    assert creditclock.client.tokens.who().kind == "operator"
    assert shop.secret.tokens.who().kind == shop.publishable.tokens.who().kind == "app"


def test_more_businesses_are_kept_apart(creditclock: Creditclock) -> None:
    other = creditclock.business(currency="EUR", exponent=3)
    customer = other.customer(credit=5)
    assert other.secret.wallets.get(customer.wallet).currency == "EUR"
    assert other.tariff.id == other.tariff_id
    assert list(creditclock.shop.secret.customers.list()) == []


def test_each_test_has_a_server_of_its_own(creditclock: Creditclock, creditclock_session: Creditclock) -> None:
    assert creditclock.url != creditclock_session.url
    assert list(creditclock.shop.secret.customers.list()) == []
    creditclock_session.customer()


def test_sessions_of_this_process_live_through_the_time_that_passes(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(hours=2))
    with pytest.raises(OutOfTime), customer.clock.session() as session:  # noqa: PT012 - the block is what raises
        creditclock.advance(timedelta(hours=1))
        assert session.session.used_ms == 3_600_000
        with pytest.raises(InsufficientCredits):
            customer.clock.buy(1)
        creditclock.advance(timedelta(hours=1))
        with pytest.raises(OutOfTime):
            session.check()
        # Who caught it inside is told once more outside: the block did not end as planned.


STRANGERS = """
from datetime import timedelta
import sys
{named}

def test_nothing():
    assert "sqlalchemy" not in sys.modules and "creditclock.main" not in sys.modules

def test_credit(creditclock):
    assert creditclock.customer(credit=5, time=timedelta(minutes=1)).balance == 5

def test_shared(creditclock_session):
    assert creditclock_session.shop.tariff.price == 6000
"""


@pytest.mark.parametrize("named", ["", 'pytest_plugins = ["creditclock.testing"]'])
def test_a_strangers_project_may_name_it_or_not(tmp_path: Path, named: str) -> None:
    (tmp_path / "conftest.py").write_text(named)
    (tmp_path / "test_own.py").write_text(STRANGERS.format(named=""))
    options = [] if named else ["-p", "creditclock.testing"]
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_a_client_of_ones_own_reaches_the_server(creditclock: Creditclock) -> None:
    with Client(creditclock.url, creditclock.shop.keys.secret) as client:
        assert client.tokens.who().master == creditclock.shop.id
