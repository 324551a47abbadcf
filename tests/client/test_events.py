"""Following events: over breaks, without a gap, each once."""

import asyncio
import socket
import threading
import time
from datetime import timedelta

import pytest

from creditclock import AsyncClient, Client, Event, EventStream, Problem, Unauthorized, UnexpectedAnswer, Unreachable
from creditclock.testing import Creditclock
from tests.client.stub import Reply, Stub
from tests.conftest import Servers
from tests.server import Shop

pytest_plugins = ["creditclock.testing"]


def message(number: int, kind: str = "clock.low") -> bytes:
    event = (
        f'"id":"evt_{number:019x}","type":"{kind}","timestamp":"2026-11-20T09:30:00.000Z","subject":"clk_1","data":{{}}'
    )
    return f"id: evt_{number:019x}\nevent: {kind}\ndata: {{{event}}}\n\n".encode()


def numbers(events: list[Event]) -> list[int]:
    return [int(event.id.removeprefix("evt_"), 16) for event in events]


def taken(stream: EventStream, count: int) -> list[Event]:
    return [next(stream) for _ in range(count)]


def test_what_happens_is_told_in_order_and_by_kind(creditclock: Creditclock) -> None:
    shop = creditclock.shop.secret
    with shop.events(kinds=["customer.*", "wallet.changed"]) as stream:
        threading.Timer(0.3, lambda: creditclock.customer(credit=500)).start()
        found = taken(stream, 2)
        assert [event.type for event in found] == ["customer.created", "wallet.changed"]
        assert found[1].data["balance"] == 500
        stream.close()
        assert next(stream, None) is None
    creditclock.customer(credit=7)
    with shop.events(kinds="wallet.changed", after=found[1].id) as later:
        assert next(later).data["balance"] == 7
        assert later.last_id is not None


def test_what_happens_inside_the_block_before_the_first_event_is_asked_for_is_told(creditclock: Creditclock) -> None:
    with creditclock.shop.secret.events("customer.created", patience=timedelta(seconds=10)) as stream:
        assert stream.last_id is not None
        customer = creditclock.customer()
        assert next(stream).subject == customer.id


def test_an_asynchronous_block_connects_as_well(shop: Shop) -> None:
    async def main() -> None:
        async with AsyncClient(f"http://127.0.0.1:{shop.server.port}", shop.key.token) as client:
            async with client.events("customer.created") as stream:
                place = stream.last_id
                customer = await asyncio.to_thread(shop.customer)
                assert place is not None
                assert stream.last_id == place
                async with asyncio.timeout(20):
                    found = await anext(stream)
                assert found.subject == customer.id
                assert stream.last_id == place < found.id
            assert [event async for event in stream] == []

    asyncio.run(main())


def test_a_block_is_not_entered_when_the_server_refuses() -> None:
    async def main(url: str) -> None:
        async with AsyncClient(url) as client:
            stream = client.events()
            with pytest.raises(Problem):
                await stream.__aenter__()
            assert [event async for event in stream] == []

    with Stub(Reply(403, b'{"code":"forbidden","detail":"No."}')) as stub:
        asyncio.run(main(stub.url))
        with Client(stub.url) as client, pytest.raises(Problem), client.events():
            pytest.fail("It was entered.")


def test_an_event_that_comes_with_the_connection_is_not_received_before_it_is_given() -> None:
    with Stub(Reply(200, message(10) + message(11))) as stub, Client(stub.url, "t") as client:
        with client.events(after=f"evt_{9:019x}") as stream:
            assert stream.last_id == f"evt_{9:019x}"
            assert numbers(taken(stream, 2)) == [10, 11]
        with client.events() as closed:
            closed.close()
            assert next(closed, None) is None


def test_a_stream_goes_on_where_it_was_when_the_server_was_away(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        with Client(f"http://127.0.0.1:{server.port}", shop.key.token) as client, client.events("customer.*") as stream:
            coming = threading.Timer(0.5, shop.customer)
            coming.start()
            first = next(stream)
            coming.join()
            server.kill()
            server.start()
            second = shop.customer()
            found = next(stream)
            assert (first.type, found.subject) == ("customer.created", second.id)


def test_breaks_lose_nothing_and_repeat_nothing() -> None:
    replies = [
        Reply(200, b"retry: 1\n\nid: evt_0000000000000000009\n\n"),
        Reply(200, message(10) + message(11)[:-9]),
        Reply(503, b'{"code":"busy","detail":"Later."}', (("Retry-After", "0"),)),
        Reply(200, message(10) + message(11) + b": still here\n\n" + message(12)),
        Reply(hangs_up=True),
        Reply(200, message(13)),
    ]
    with Stub(*replies) as stub, Client(stub.url, "t") as client, client.events() as stream:
        assert numbers(taken(stream, 4)) == [10, 11, 12, 13]
        stream.close()
    sent = [headers.get("Last-Event-ID") for _, _, headers in stub.asked]
    assert sent[:6] == [None, *(f"evt_{number:019x}" for number in (9, 10, 10, 12, 12))]
    assert {headers["Accept"] for _, _, headers in stub.asked} == {"text/event-stream"}


def test_what_no_retry_helps_is_raised_at_once() -> None:
    refusal = Reply(401, b'{"code":"unauthorized","detail":"Sign in."}')
    with Stub(refusal) as stub, Client(stub.url, "t") as client:
        with pytest.raises(Unauthorized):
            next(client.events())
        assert len(stub.asked) == 1
    with Stub(Reply(200, b"data: {}\n\n")) as stub, Client(stub.url) as client, pytest.raises(UnexpectedAnswer):
        next(client.events())


def test_patience_may_be_bounded() -> None:
    began = time.monotonic()
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unreachable):
        next(client.events(patience=timedelta(seconds=0.5)))
    assert 0.4 < time.monotonic() - began < 4


def test_closing_ends_a_stream_that_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_slowly, args=(listener,), daemon=True).start()
        with Client(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            stream = client.events()
            assert numbers(taken(stream, 1)) == [1]
            threading.Timer(0.3, stream.close).start()
            began = time.monotonic()
            assert list(stream) == []
            assert time.monotonic() - began < 3


def _answer_slowly(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4_096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        data = message(1)
        for piece in (data[:20], data[20:]):
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            time.sleep(0.05)
        connection.recv(1)


def test_asynchronous_streams_tell_the_same(shop: Shop) -> None:
    async def main() -> list[str]:
        async with AsyncClient(f"http://127.0.0.1:{shop.server.port}", shop.key.token) as client:
            stream = client.events(["wallet.changed"])
            asyncio.get_running_loop().call_later(0.3, lambda: shop.customer(credits=5))
            async with asyncio.timeout(20):
                first = await anext(stream)
            assert first.data["balance"] == 5
            last = stream.last_id
            await stream.close()
            assert [event async for event in stream] == []
            shop.customer(credits=6)
            again = client.events(["wallet.changed"], after=first.id)
            async with asyncio.timeout(20):
                second = await anext(again)
            return [first.id, second.id, str(last)]

    first, second, last = asyncio.run(main())
    assert last <= first < second


def test_an_asynchronous_stream_raises_what_a_plain_one_does() -> None:
    async def main(url: str) -> None:
        async with AsyncClient(url) as client:
            with pytest.raises(Problem):
                await anext(client.events())
            stream = client.events()
            with pytest.raises(Problem):
                await anext(stream)
            assert [event async for event in stream] == []

    with Stub(Reply(403, b'{"code":"forbidden","detail":"No."}')) as stub:
        asyncio.run(main(stub.url))
