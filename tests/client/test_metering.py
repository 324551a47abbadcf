"""Functions of every kind that run on a clock."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import timedelta

import pytest

from creditclock import AsyncClient, AsyncClockHandle, ClockHandle, OutOfTime, current_session, metered
from creditclock.client.metering import Named
from creditclock.testing import Creditclock

pytest_plugins = ["creditclock.testing"]


def test_a_function_runs_on_the_clock(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    @metered(creditclock.shop.secret, clock=customer.clock_id, note="double")
    def double(number: int, *, times: int = 2) -> int:
        """Many times."""
        creditclock.advance(timedelta(seconds=10))
        session = current_session()
        assert session is not None
        assert session.left == pytest.approx(timedelta(seconds=50), abs=timedelta(seconds=1))
        return number * times

    assert double(4, times=3) == 12
    assert (double.__name__, double.__doc__) == ("double", "Many times.")
    assert customer.clock.show().balance_ms == 50_000
    assert current_session() is None


def test_the_clock_may_follow_from_the_arguments(creditclock: Creditclock) -> None:
    ann, bob = creditclock.customer(time=60_000), creditclock.customer(time=60_000)

    def named(handle: ClockHandle, _: int) -> ClockHandle:
        return handle

    @metered(clock=named)
    def work(_: ClockHandle, seconds: int) -> None:
        creditclock.advance(timedelta(seconds=seconds))

    work(ann.clock, 5)
    work(bob.clock, 15)
    assert [customer.clock.show().balance_ms for customer in (ann, bob)] == [55_000, 45_000]
    with pytest.raises(OutOfTime):
        work(ann.clock, 60)


def test_a_generator_is_checked_at_each_step_and_keeps_its_session_to_itself(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    @metered(clock=customer.clock)
    def count(up_to: int) -> Iterator[int]:
        for number in range(up_to):
            assert current_session() is not None
            yield number

    seen: list[int] = []
    with pytest.raises(OutOfTime):  # noqa: PT012 - the block is what raises
        for number in count(100):
            assert current_session() is None
            seen.append(number)
            creditclock.advance(timedelta(seconds=25))
    assert seen == [0, 1, 2]
    customer.grant(60_000)
    steps = iter(count(100))
    next(steps)
    assert len(customer.clock.sessions) == 1
    assert isinstance(steps, Generator)
    steps.close()
    assert customer.clock.sessions == []


def test_a_generator_is_sent_to_and_thrown_at_as_before(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    @metered(clock=customer.clock)
    def echo() -> Generator[str, str, str]:
        said = "nothing"
        while said != "end":
            try:
                said = yield said
            except KeyError as error:
                said = f"caught {error.args[0]}"
        return "over"

    talk = echo()
    assert next(talk) == "nothing"
    assert talk.send("hello") == "hello"
    assert talk.throw(KeyError("x")) == "caught x"
    with pytest.raises(StopIteration) as stop:
        talk.send("end")
    assert stop.value.value == "over"
    assert customer.clock.sessions == []


def test_coroutines_and_asynchronous_generators(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))

    async def main() -> list[int]:
        async with AsyncClient(creditclock.url, creditclock.shop.secret.token) as client:

            @metered(client, clock=customer.clock_id)
            async def work() -> int:
                assert current_session() is not None
                await creditclock.advance_async(timedelta(seconds=10))
                return 7

            @metered(clock=client.clock(customer.clock_id))
            async def count() -> AsyncIterator[int]:
                for number in range(100):
                    assert current_session() is not None
                    if number == 2:
                        await asyncio.sleep(30)
                    yield number

            assert await work() == 7
            seen: list[int] = []
            with pytest.raises(OutOfTime):  # noqa: PT012 - the block is what raises
                async for number in count():
                    assert current_session() is None
                    seen.append(number)
                    if number == 1:
                        asyncio.get_running_loop().call_later(0.05, creditclock.advance, timedelta(seconds=50))
            return seen

    assert asyncio.run(main(), debug=False) == [0, 1]
    assert customer.clock.sessions == []


def test_what_does_not_fit_is_said_at_once(creditclock: Creditclock) -> None:
    customer = creditclock.customer(time=timedelta(minutes=1))
    with pytest.raises(TypeError, match="knows no option colour"):
        metered(clock=customer.clock, colour="red")

    def nothing() -> None:
        pass

    async def soon() -> None:
        pass

    with pytest.raises(TypeError, match="give it a client"):
        metered(clock=customer.clock_id)(nothing)()
    other: Named = AsyncClockHandle(AsyncClient(creditclock.url), customer.clock_id)
    with pytest.raises(TypeError, match="needs the clock of a Client"):
        metered(clock=other)(nothing)()
    with pytest.raises(TypeError, match="needs the clock of an AsyncClient"):
        asyncio.run(metered(clock=customer.clock)(soon)())
    assert customer.clock.sessions == []
