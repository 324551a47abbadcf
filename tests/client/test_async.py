"""The asynchronous client and its sessions, on a real server."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from creditclock import (
    AsyncClient,
    InsufficientCredits,
    OutOfTime,
    Problem,
    SessionEnded,
    StaleSeq,
    Unreachable,
    current_session,
)
from creditclock.client.client import Patience
from creditclock.contract.wallets import Pay, TopUp
from creditclock.testing import Creditclock
from tests.client.stub import Reply, Stub
from tests.server import Shop
from tests.timing import keeps

pytest_plugins = ["creditclock.testing"]
R = TypeVar("R")


def run(main: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(main, debug=True)


def client_of(shop: Shop) -> AsyncClient:
    return AsyncClient(f"http://127.0.0.1:{shop.server.port}", shop.key.token)


def own(creditclock: Creditclock) -> AsyncClient:
    return AsyncClient(creditclock.url, creditclock.shop.secret.token)


def test_every_noun_lists_batches_and_problems(creditclock: Creditclock) -> None:
    async def main() -> None:
        async with own(creditclock) as client:
            for number in range(5):
                await client.customers.create(login=f"c{number}")
            assert [customer.login async for customer in client.customers.list(limit=2)] == [f"c{n}" for n in range(5)]
            assert len((await client.customers.list(limit=2).page()).items) == 2
            wallet = (await client.customers.list().page()).items[0].wallets[0]
            done, refused = await client.batch([TopUp(wallet=wallet, amount=5), Pay(wallet=wallet, amount=9)])
            assert done.wallet.balance == 5
            assert isinstance(refused, InsufficientCredits)
            with pytest.raises(InsufficientCredits):
                await client.wallets.pay(wallet, amount=6)

    run(main())


def test_many_calls_at_once_take_their_turns(creditclock: Creditclock) -> None:
    customer = creditclock.customer()

    async def main() -> int:
        async with own(creditclock) as client:
            await asyncio.gather(*(client.wallets.top_up(customer.wallet, amount=1) for _ in range(200)))
            return (await client.wallets.get(customer.wallet)).balance

    assert run(main()) == 200


def test_a_cancelled_write_can_be_repeated_with_its_key(creditclock: Creditclock) -> None:
    customer = creditclock.customer(credit=1_000)

    async def main() -> None:
        async with own(creditclock) as client:
            paying = asyncio.create_task(client.wallets.pay(customer.wallet, amount=10, key="order-7"))
            await asyncio.sleep(0)  # It has begun, and can't be over yet.
            paying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await paying
            await client.wallets.pay(customer.wallet, amount=10, key="order-7")

    run(main())
    assert customer.balance == 990


def test_a_write_is_tried_again_with_the_same_key_and_a_cancel_ends_the_tries() -> None:
    async def main() -> None:
        async with AsyncClient(stub.url) as client:
            with pytest.raises(Unreachable):
                await client.tokens.sign_out()
            tries = len(stub.keys())
            assert tries == 5
            assert len(set(stub.keys())) == 1
            task = asyncio.create_task(client.tokens.sign_out())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.5)
            assert len(stub.keys()) <= tries + 2

    with Stub(Reply(hangs_up=True)) as stub:
        run(main())


def test_the_block_is_cancelled_at_the_end(shop: Shop) -> None:
    async def main(clock: str) -> None:
        async with client_of(shop) as client, client.clock(clock).session() as session:
            assert current_session() is session
            await asyncio.sleep(30)

    def took() -> float:
        customer = shop.customer(ms=700)
        began = time.monotonic()
        with pytest.raises(OutOfTime) as caught:
            run(main(customer.clock))
        until = time.monotonic()
        assert until - began > 0.6
        assert caught.value.reason == "empty"
        assert shop.clock(customer.clock)["balance_ms"] == 0
        return until - began

    keeps(3, took)


def test_a_cancel_from_outside_stays_one_and_stops_the_session(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    async def body(client: AsyncClient, begun: Callable[[], object]) -> None:
        async with client.clock(customer.clock_id).session():
            begun()
            await asyncio.sleep(30)

    async def main() -> None:
        async with own(creditclock) as client:
            inside = asyncio.Event()
            task = asyncio.create_task(body(client, inside.set))
            await inside.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert customer.clock.sessions == []
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(None) as limit:
                    await body(client, lambda: limit.reschedule(asyncio.get_running_loop().time() + 0.2))

    run(main())
    assert customer.clock.sessions == []


def test_a_cancel_during_the_start_leaves_no_session_behind(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    async def main() -> None:
        async with own(creditclock) as client:
            for delay in (0, 0.001, 0.002, 0.004, 0.008):
                # The one before may not be stopped yet: then the clock has no place for another.
                with pytest.raises((TimeoutError, Problem)):  # noqa: PT012 - the block is what raises
                    async with asyncio.timeout(delay):
                        async with client.clock(customer.clock_id).session():
                            await asyncio.sleep(30)

    run(main())
    assert customer.clock.sessions == []


def test_sessions_nest_and_only_the_one_that_is_over_ends(creditclock: Creditclock) -> None:
    long, short = creditclock.customer(time=timedelta(hours=1)), creditclock.customer(time=timedelta(minutes=1))

    async def main() -> str:
        async with own(creditclock) as client, client.clock(long.clock_id).session() as outer:
            try:
                async with client.clock(short.clock_id).session():
                    creditclock.advance(timedelta(minutes=1))
                    await asyncio.sleep(30)
            except OutOfTime:
                await outer.check()
                await asyncio.sleep(0.01)
                return "went on"
        return "no"

    assert run(main()) == "went on"
    assert long.clock.sessions == []


def test_a_task_group_in_the_block_is_cancelled_as_a_whole(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))
    cancelled: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    async def main() -> None:
        async with own(creditclock) as client:  # noqa: SIM117 - the inner block is what this is about
            async with client.clock(customer.clock_id).session(), asyncio.TaskGroup() as group:
                for number in range(3):
                    group.create_task(work(number))
                await asyncio.sleep(0)
                creditclock.advance(timedelta(minutes=1))

    with pytest.raises(OutOfTime):
        run(main())
    assert sorted(cancelled) == [0, 1, 2]


def test_an_error_of_the_block_is_its_own(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    async def main() -> None:
        async with own(creditclock) as client, client.clock(customer.clock_id).session():
            raise KeyError

    with pytest.raises(KeyError):
        run(main())
    assert customer.clock.sessions == []


def test_warnings_pauses_and_ends(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=6))
    warned: list[int] = []
    ended: list[Problem] = []

    async def on_warn(left: timedelta) -> None:
        await asyncio.sleep(0)
        warned.append(round(left.total_seconds()))

    async def main() -> None:
        async with own(creditclock) as client:  # noqa: SIM117 - the inner block is what this is about
            async with client.clock(customer.clock_id).session(on_warn=on_warn, on_end=ended.append) as session:
                await creditclock.advance_async(timedelta(seconds=61))
                await session.pause()
                creditclock.advance(timedelta(hours=1))
                assert session.left == timedelta(seconds=299)
                await session.resume()
                await creditclock.advance_async(timedelta(seconds=250))
                async for _ in session.over(range(10_000)):
                    creditclock.advance(timedelta(seconds=10))

    with pytest.raises(OutOfTime):
        run(main())
    assert warned == [300, 60]
    assert [type(problem) for problem in ended] == [OutOfTime]


def test_ends_from_elsewhere_have_their_own_class(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=6))
    desk = creditclock.shop.secret

    async def main(how: str) -> None:
        async with own(creditclock) as client, client.clock(customer.clock_id).session() as session:
            if how == "end":
                desk.sessions.end(session.session.id)
            else:
                desk.sessions.take_over(session.session.id)
            creditclock.advance(1)
            await asyncio.sleep(30)

    with pytest.raises(SessionEnded):
        run(main("end"))
    with pytest.raises(StaleSeq):
        run(main("take over"))


def test_work_waits_while_the_session_is_paused_from_elsewhere(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=6))
    desk = creditclock.shop.secret

    async def main() -> float:
        async with own(creditclock) as client, client.clock(customer.clock_id).session() as session:
            told = session.session
            desk.sessions.pause(told.id, seq=told.seq)
            await session.refresh()

            async def resume() -> None:
                await asyncio.sleep(0.3)
                await client.sessions.resume(told.id, seq=told.seq)
                await session.refresh()

            resuming = asyncio.create_task(resume())
            began = time.monotonic()
            await session.sleep(0.01)
            await resuming
            return time.monotonic() - began

    assert run(main()) >= 0.3


def test_closing_leaves_no_thread_that_works(creditclock: Creditclock) -> None:
    async def main() -> None:
        client = own(creditclock)
        following = client.events()
        waiting = asyncio.create_task(anext(following))
        while not waiting.done():
            await client.customers.create(login=creditclock.unique("eve"))
            await asyncio.sleep(0.05)
        assert waiting.result().type
        await client.close()
        assert await anext(aiter(following), None) is None

    run(main())
    deadline = time.monotonic() + 5
    while _threads() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _threads() == []


def _threads() -> list[str]:
    """The threads of asynchronous clients."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("creditclock_")]


def test_patience_is_the_callers() -> None:
    async def main() -> float:
        began = time.monotonic()
        async with AsyncClient("http://127.0.0.1:9") as client:
            with pytest.raises(Unreachable):
                await client.call(TopUp(wallet="wal_1", amount=1), Patience(timeout=1, tries=2, total=2))
        return time.monotonic() - began

    keeps(2, lambda: run(main()))


def test_asynchronous_iterables_are_checked_at_every_step(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    async def numbers() -> AsyncIterator[int]:
        for number in range(100):
            creditclock.advance(timedelta(seconds=20))
            yield number

    async def main() -> list[int]:
        got: list[int] = []
        async with own(creditclock) as client:
            try:
                async with client.clock(customer.clock_id).session() as session:
                    async for number in session.over(numbers()):
                        got.append(number)  # noqa: PERF401 - it ends with an exception
            except OutOfTime:
                return got
        return []

    assert run(main()) == [0, 1]
