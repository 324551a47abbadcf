"""The client: one object, every operation of the contract."""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from creditclock.client.batches import Batch
from creditclock.client.clock import ClockHandle
from creditclock.client.nouns import Nouns
from creditclock.client.patience import Exchange, Patience, Tries
from creditclock.client.requests import clean_token, request
from creditclock.client.streams import EventStream
from creditclock.contract import Command
from creditclock.contract.tokens import SignedIn, SignIn

R = TypeVar("R")


class Client(Nouns):
    """A connection to a creditclock server, usable from any number of threads.

    Every operation is a method of its noun: `client.wallets.top_up(wallet, amount=500)`. What is refused is raised as
    a `Problem`. A process that was forked may go on using it.

    >>> with Client("https://time.example", token=key) as client:          # doctest: +SKIP
    ...     with client.clock("clk_…").session() as session:
    ...         work()
    """

    def __init__(self, url: str = "http://127.0.0.1:8400", token: str | None = None, timeout: float = 10.0) -> None:
        from creditclock.client.wire import Wire  # noqa: PLC0415 - the HTTP library takes a tenth of a second to load

        self._wire = Wire(url)
        self._token = self._key = clean_token(token)
        self.patience = Patience(timeout=timeout)

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

    def call(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> R:
        """The answer to a command.

        What may succeed a moment later (no connection, a busy server) is tried again within the `patience`;
        a write carries the same idempotency key each time, so it happens once. Give a `key` of your own to be able
        to repeat a write later, in another process too. Raises a `Problem`.
        """
        return self.exchange(command, patience, key=key).answer

    def exchange(self, command: Command[R], patience: Patience | None = None, *, key: str | None = None) -> Exchange[R]:
        """Like `call`, with the bytes of the answer and the moments between which it was given."""
        # Who signs in again does so with what this client had before it signed in: a publishable key, or nothing.
        built = request(command, token=self._key if isinstance(command, SignIn) else self._token, key=key)
        tries = Tries(built.operation, patience or self.patience)
        while True:
            got = self._wire.attempt(built, tries.begin())
            wait = tries.wait_after(got)
            if wait is None:
                return tries.outcome(got)
            time.sleep(wait)

    def batch(
        self, commands: Iterable[Command[Any]], *, chunk: int = 1_000, patience: Patience | None = None
    ) -> list[Any]:
        """Carry out many commands, up to 1 000 in one request: for each its answer, or the `Problem` that it met.

        They are carried out in their order, each on its own. Each write has a key, kept over all retries.
        """
        batch = Batch(list(commands), chunk, patience or self.patience)
        while not batch.is_done:
            time.sleep(batch.take(self._wire.attempt(*batch.next(self.token))))
        return batch.answers

    def clock(self, clock: str) -> ClockHandle:
        """A clock by its id, to run sessions on. Asks nobody."""
        return ClockHandle(self, clock)

    def events(
        self,
        kinds: str | Sequence[str] | None = None,
        *,
        after: str | None = None,
        patience: timedelta | None = None,
    ) -> EventStream:
        """What happens, as it happens: an iterator that never ends, until `close`.

        `kinds` are such as `clock.low` or `session.*`. With `after`, the id of the last event that you have dealt with,
        nothing since then is missed; without it you are told what happens from the `with` on, or, where there is none,
        from the first `next` on. It connects again by itself and goes on where it was, for ever, or until the
        server has been out of reach for longer than the `patience`.
        """
        return EventStream(self._wire, lambda: self.token, kinds, after, patience)

    def sign_in(
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
        signed_in = self.call(command)
        self._token = signed_in.token
        return signed_in

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"
