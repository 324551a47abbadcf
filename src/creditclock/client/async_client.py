"""The asynchronous client: every operation of the contract, awaited."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from creditclock.client.async_clock import AsyncClockHandle
from creditclock.client.async_streams import AsyncEventStream
from creditclock.client.batches import Batch
from creditclock.client.nouns import AsyncNouns
from creditclock.client.patience import Exchange, Patience, Tries
from creditclock.client.requests import clean_token, request
from creditclock.contract import Command
from creditclock.contract.tokens import SignedIn, SignIn

R = TypeVar("R")
THREADS: Final = 16
"""How many requests of one client are under way at once; others wait for their turn."""
LAST_S: Final = 6.0
"""How long `close` waits for what is still being done: sessions that are being stopped, callbacks."""
log: Final = logging.getLogger("creditclock")


class AsyncClient(AsyncNouns):
    """A connection to a creditclock server for asynchronous programs, used on one event loop.

    Requests are sent by threads of its own. A task that is cancelled while it waits stops trying; a write that was on
    its way may have been carried out: give it a `key` of your own to be able to repeat it.

    >>> async with AsyncClient("https://time.example", token=key) as client:   # doctest: +SKIP
    ...     async with client.clock("clk_…").session() as session:
    ...         await work()
    """

    def __init__(self, url: str = "http://127.0.0.1:8400", token: str | None = None, timeout: float = 10.0) -> None:
        from creditclock.client.wire import Wire  # noqa: PLC0415 - the HTTP library takes a tenth of a second to load

        self._wire = Wire(url, THREADS)
        self._token = self._key = clean_token(token)
        self.patience = Patience(timeout=timeout)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="creditclock")
        self._behind: set[asyncio.Task[object]] = set()
        self._streams: set[AsyncEventStream] = set()

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._wire.url

    @property
    def token(self) -> str | None:
        """The token or key that calls carry."""
        return self._token

    @token.setter
    def token(self, token: str | None) -> None:
        self._token = self._key = clean_token(token)

    async def call(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> R:
        """The answer to a command.

        What may succeed a moment later (no connection, a busy server) is tried again within the `patience`;
        a write carries the same idempotency key each time, so it happens once. Give a `key` of your own to be able
        to repeat a write later, such as after the task was cancelled. Raises a `Problem`.
        """
        return (await self.exchange(command, patience, key=key)).answer

    async def exchange(
        self, command: Command[R], patience: Patience | None = None, *, key: str | None = None
    ) -> Exchange[R]:
        """Like `call`, with the bytes of the answer and the moments between which it was given."""
        # Who signs in again does so with what this client had before it signed in: a publishable key, or nothing.
        built = request(command, token=self._key if isinstance(command, SignIn) else self._token, key=key)
        tries = Tries(built.operation, patience or self.patience)
        while True:
            got = await self._in_thread(lambda: self._wire.attempt(built, tries.begin()))
            wait = tries.wait_after(got)
            if wait is None:
                return tries.outcome(got)
            await asyncio.sleep(wait)

    async def batch(
        self, commands: Iterable[Command[Any]], *, chunk: int = 1_000, patience: Patience | None = None
    ) -> list[Any]:
        """Carry out many commands, up to 1 000 in one request: for each its answer, or the `Problem` that it met.

        They are carried out in their order, each on its own. Each write has a key, kept over all retries.
        """
        batch = Batch(list(commands), chunk, patience or self.patience)
        while not batch.is_done:
            built, within = batch.next(self.token)
            await asyncio.sleep(batch.take(await self._in_thread(lambda: self._wire.attempt(built, within))))  # noqa: B023 - awaited before the next
        return batch.answers

    def clock(self, clock: str) -> AsyncClockHandle:
        """A clock by its id, to run sessions on. Asks nobody."""
        return AsyncClockHandle(self, clock)

    def events(
        self,
        kinds: str | Sequence[str] | None = None,
        *,
        after: str | None = None,
        patience: timedelta | None = None,
    ) -> AsyncEventStream:
        """What happens, as it happens: an asynchronous iterator that never ends, until `close`.

        `kinds` are such as `clock.low` or `session.*`. With `after`, the id of the last event that you have dealt with,
        nothing since then is missed; without it you are told what happens from the `async with` on, or, where there is
        none, from the first `anext` on. It connects again by itself and goes on where it was, for ever, or until the
        server has been out of reach for longer than the `patience`.
        """
        stream = AsyncEventStream(self._wire, lambda: self.token, kinds, after, patience)
        self._streams.add(stream)
        return stream

    async def sign_in(
        self,
        login: str,
        password: str,
        master: str | None = None,
        *,
        code: str | None = None,
        lasts: timedelta | None = None,
    ) -> SignedIn:
        """Sign in; further calls carry the token that this gives.

        Raises `SecondFactorNeeded` where the password is right and a `code` of the second factor is needed as well.
        The token works for as long as the server says, or only for `lasts`.
        """
        lasts_ms = None if lasts is None else lasts // timedelta(milliseconds=1)
        command = SignIn(login=login, password=password, master=master, code=code, lasts_ms=lasts_ms)
        signed_in = await self.call(command)
        self._token = signed_in.token
        return signed_in

    def behind(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Have something done that nobody waits for; `close` does, within bounds."""
        task = asyncio.create_task(work)
        self._behind.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        """Finish what is being done, within bounds, and close all connections."""
        for stream in tuple(self._streams):
            await stream.close()
        if self._behind:
            _, late = await asyncio.wait(self._behind, timeout=LAST_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncClient({self.url!r})"

    async def _in_thread(self, function: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def _done(self, task: asyncio.Task[object]) -> None:
        self._behind.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("work behind the scenes failed: %r", error)
