import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from creditclock.client import (
    Busy,
    Client,
    InsufficientCredits,
    NotFound,
    OutOfTime,
    Patience,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from creditclock.contract.clocks import BuyTime, GetClock
from creditclock.contract.sessions import RenewSession, StartSession, StopSession
from creditclock.contract.tokens import GetWho, SignOut
from creditclock.contract.wallets import GetWallet, Pay, TopUp
from tests.client.stub import Reply, Stub
from tests.conftest import Servers
from tests.server import PASSWORD, Shop
from tests.timing import keeps

BUSY = Reply(503, b'{"code": "busy", "detail": "Later."}', (("Retry-After", "0"),))
HURRIED = Patience(timeout=1, tries=3, total=2)


@pytest.fixture
def sqlite_shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=False).shop


def url_of(shop: Shop) -> str:
    return f"http://127.0.0.1:{shop.server.port}"


def test_a_write_is_tried_again_with_the_same_key() -> None:
    with Stub(Reply(hangs_up=True), BUSY, Reply(502, b"<html>"), Reply()) as stub, Client(stub.url, "t") as client:
        assert client.call(SignOut()).done
        assert len(stub.keys()) == 4
        assert len(set(stub.keys())) == 1
        client.call(SignOut())
        assert len(set(stub.keys())) == 2


def test_patience_is_bounded_by_tries_and_by_time() -> None:
    with Stub(BUSY) as stub, Client(stub.url) as client:
        with pytest.raises(Busy, match="Later"):
            client.call(SignOut(), HURRIED)
        assert len(stub.asked) == 3
    later = Reply(503, BUSY.body, (("Retry-After", "60"),))
    with Stub(later) as stub, Client(stub.url) as client:

        def took() -> float:
            began, asked = time.monotonic(), len(stub.asked)
            with pytest.raises(Busy):
                client.call(SignOut(), HURRIED)
            assert len(stub.asked) == asked + 1
            return time.monotonic() - began

        keeps(1, took)


def test_a_refusal_is_not_tried_again() -> None:
    with Stub(Reply(404, b'{"code": "not_found", "detail": "No."}')) as stub, Client(stub.url) as client:
        with pytest.raises(NotFound):
            client.call(SignOut())
        assert len(stub.asked) == 1


def test_a_token_follows_no_redirection_and_shows_nowhere() -> None:
    with Stub(Reply(307, b"", (("Location", "http://127.0.0.1:1/"),))) as stub, Client(stub.url, "hush") as client:
        with pytest.raises(UnexpectedAnswer) as caught:
            client.call(SignOut())
        assert len(stub.asked) == 1
        assert "hush" not in f"{caught.value!r} {client!r}"
    with pytest.raises(Unauthorized) as unsent:
        Client("http://127.0.0.1:1", "hush\nX-Evil: 1")
    assert "hush" not in repr(unsent.value)


def test_nobody_there_is_unreachable() -> None:
    with Client("http://127.0.0.1:1") as client, pytest.raises(Unreachable, match="Connection refused"):
        client.call(GetWho(), HURRIED)


@pytest.mark.parametrize("url", ["", "127.0.0.1", "ftp://x", "http://", "http://a:b@c", "http://x/?y", "http://[::1"])
def test_what_is_no_url_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        Client(url)


def test_the_client_speaks_with_a_real_server(sqlite_shop: Shop) -> None:
    customer = sqlite_shop.customer()
    with Client(url_of(sqlite_shop)) as client:
        with pytest.raises(Unauthorized):
            client.call(GetWho())
        assert client.sign_in(sqlite_shop.login, PASSWORD).who.role == "owner"
        assert client.call(TopUp(wallet=customer.wallet, amount=1_000)).wallet.balance == 1_000
        with pytest.raises(InsufficientCredits) as poor:
            client.call(Pay(wallet=customer.wallet, amount=1_500))
        assert poor.value.data["missing"] == 500
        with pytest.raises(OutOfTime):
            client.call(StartSession(clock=customer.clock))
        client.call(BuyTime(clock=customer.clock, ms=60_000))
        session = client.call(StartSession(clock=customer.clock))
        assert client.call(RenewSession(session=session.id, seq=session.seq)).state == "running"
        assert client.call(StopSession(session=session.id, seq=session.seq)).reason == "stopped"
        assert client.call(GetClock(clock=customer.clock)).state == "idle"


def test_threads_share_a_client(sqlite_shop: Shop) -> None:
    customer = sqlite_shop.customer()
    with Client(url_of(sqlite_shop), sqlite_shop.key.token) as client:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(client.call, [TopUp(wallet=customer.wallet, amount=1)] * 40))
        assert client.call(GetWallet(wallet=customer.wallet)).balance == 40
