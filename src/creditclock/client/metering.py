"""Functions that run on a clock."""

import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar, cast

from creditclock.client.async_clock import AsyncCalls, AsyncClockHandle
from creditclock.client.clock import Calls, ClockHandle
from creditclock.client.running import async_session, session
from creditclock.client.running.async_session import AsyncRunningSession
from creditclock.client.running.session import RunningSession

P = ParamSpec("P")
R = TypeVar("R")
Handle = ClockHandle | AsyncClockHandle
Named = str | ClockHandle | AsyncClockHandle
_OPTIONS: Final = frozenset({"lease", "warn", "on_warn", "on_end", "note", "burn_rate"})


def metered(
    client: Calls | AsyncCalls | None = None,
    *,
    clock: Named | Callable[..., Named],
    **options: Any,  # noqa: ANN401 - those of ClockHandle.session
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have each call of a function run on a clock: the clock runs while the call does.

    `clock` is an id, a handle such as `client.clock(id)`, or a function that is given the call's arguments and gives
    one of them. The options are those of `ClockHandle.session`. Coroutine functions and asynchronous generators need
    an `AsyncClient`. A generator is on the clock from its first step to its end, and is checked at each step.
    Within the call `current_session()` is its session.

    >>> @metered(client, clock=lambda job: job.clock)            # doctest: +SKIP
    ... def render(job): ...
    """
    unknown = options.keys() - _OPTIONS
    if unknown:
        raise TypeError(
            f"metered() knows no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(_OPTIONS))}."
        )

    def handle(arguments: tuple[Any, ...], named: dict[str, Any]) -> Handle:
        found = clock(*arguments, **named) if callable(clock) else clock
        if not isinstance(found, str):
            return found
        if client is None:
            raise TypeError("metered() has only the id of a clock: give it a client too, or a handle of the clock.")
        if inspect.iscoroutinefunction(client.call):
            return AsyncClockHandle(cast("AsyncCalls", client), found)
        return ClockHandle(cast("Calls", client), found)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isasyncgenfunction(function):
            wrapped: Any = _asynchronous_generator(function, handle, options)
        elif inspect.iscoroutinefunction(function):
            wrapped = _coroutine(function, handle, options)
        elif inspect.isgeneratorfunction(function):
            wrapped = _generator(function, handle, options)
        else:
            wrapped = _function(function, handle, options)
        return cast("Callable[P, R]", functools.wraps(function)(wrapped))

    return decorate


def current_session() -> RunningSession | AsyncRunningSession | None:
    """The session of the innermost block, or metered call, around the running code."""
    return async_session.CURRENT.get() or session.CURRENT.get()


Finds = Callable[[tuple[Any, ...], dict[str, Any]], Handle]


def _function(function: Callable[..., Any], handle: Finds, options: dict[str, Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - what the function takes and gives
        with _plain(handle(arguments, named), options):
            return function(*arguments, **named)

    return call


def _coroutine(function: Callable[..., Any], handle: Finds, options: dict[str, Any]) -> Callable[..., Any]:
    async def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as above
        async with _awaited(handle(arguments, named), options):
            return await function(*arguments, **named)

    return call


def _generator(function: Callable[..., Any], handle: Finds, options: dict[str, Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401 - as above
        with _plain(handle(arguments, named), options).stepwise() as running:
            steps = function(*arguments, **named)
            step: Callable[[], Any] = partial(next, steps)
            with contextlib.closing(steps):
                while True:
                    running.check()
                    try:
                        item = running.step(step)
                    except StopIteration as stop:
                        return stop.value
                    try:
                        step = partial(steps.send, (yield item))
                    except Exception as error:  # noqa: BLE001 - thrown in by the caller: it is for the generator
                        step = partial(steps.throw, error)

    return call


def _asynchronous_generator(function: Callable[..., Any], handle: Finds, options: dict[str, Any]) -> Callable[..., Any]:
    async def call(*arguments: Any, **named: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401 - as above
        async with _awaited(handle(arguments, named), options).stepwise() as running:
            steps = function(*arguments, **named)
            step: Callable[[], Any] = partial(anext, steps)
            async with contextlib.aclosing(steps):
                while True:
                    await running.check()
                    try:
                        item = await running.step(step())
                    except StopAsyncIteration:
                        return
                    try:
                        step = partial(steps.asend, (yield item))
                    except Exception as error:  # noqa: BLE001 - thrown in by the caller: it is for the generator
                        step = partial(steps.athrow, error)

    return call


def _plain(handle: Handle, options: dict[str, Any]) -> RunningSession:
    if not isinstance(handle, ClockHandle):
        raise TypeError("A plain function needs the clock of a Client, not of an AsyncClient.")
    return handle.session(**options)


def _awaited(handle: Handle, options: dict[str, Any]) -> AsyncRunningSession:
    if not isinstance(handle, AsyncClockHandle):
        raise TypeError("A coroutine function needs the clock of an AsyncClient, not of a Client.")
    return handle.session(**options)
