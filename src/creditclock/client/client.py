"""The client: one object, one method, every operation of the contract."""

import random
import re
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from creditclock.client.errors import Unauthorized, UnexpectedAnswer, Unreachable
from creditclock.client.requests import Request, Try, answer, is_retried, request, wait_before
from creditclock.client.uptime import uptime_ms
from creditclock.contract import Command
from creditclock.contract.tokens import SignedIn, SignIn

R = TypeVar("R")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a call goes on: seconds for one try, how many tries, seconds for all of them."""

    timeout: float = 10.0
    tries: int = 5
    total: float = 30.0


@dataclass(frozen=True, slots=True)
class Exchange(Generic[R]):
    """An answer with its bytes and the moments (`uptime.uptime_ms`) between which the server gave it.

    `sent` is when a write was first sent: the answer may be the one to that try.
    """

    answer: R
    body: bytes
    sent: int
    answered: int


class Client:
    """A connection to a creditclock server, usable from any number of threads.

    >>> with Client("https://time.example", token=key) as client:          # doctest: +SKIP
    ...     session = client.call(StartSession(clock="clk_…"))
    """

    def __init__(self, url: str = "http://127.0.0.1:8400", token: str | None = None, timeout: float = 10.0) -> None:
        self.url = _checked(url)
        self._token = _clean(token)
        self.patience = Patience(timeout=timeout)
        self._pool = urllib3.PoolManager(maxsize=8, retries=False)

    @property
    def token(self) -> str | None:
        """The token or key that calls carry."""
        return self._token

    @token.setter
    def token(self, token: str | None) -> None:
        self._token = _clean(token)

    def call(self, command: Command[R], patience: Patience | None = None) -> R:
        """The answer to a command.

        What may succeed a moment later (no connection, a busy server) is tried again within the `patience`;
        a write carries the same idempotency key each time, so it happens once. Raises a `Problem`.
        """
        return self.exchange(command, patience).answer

    def exchange(self, command: Command[R], patience: Patience | None = None) -> Exchange[R]:
        """Like `call`, with the bytes of the answer and the moments between which it was given."""
        built = request(command, token=self.token)
        patience = patience or self.patience
        began = uptime_ms()
        last = time.monotonic() + patience.total
        tries = 0
        while True:
            sent = uptime_ms()
            got = self._attempt(built, min(patience.timeout, max(0.001, last - time.monotonic())))
            answered = uptime_ms()
            tries += 1
            if isinstance(got, Try) and not is_retried(got.status):
                break
            wait = wait_before(tries, random.random(), got.headers if isinstance(got, Try) else None)  # noqa: S311 - spreads callers
            if tries >= patience.tries or time.monotonic() + wait >= last:
                if isinstance(got, Unreachable):
                    raise got
                break
            time.sleep(wait)
        return Exchange(answer(built.operation, got), got.body, began if built.operation.writes else sent, answered)

    def sign_in(self, login: str, password: str, master: str | None = None) -> SignedIn:
        """Sign in; further calls carry the token that this gives."""
        signed_in = self.call(SignIn(login=login, password=password, master=master))
        self.token = signed_in.token
        return signed_in

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def _attempt(self, built: Request, timeout: float) -> Try | Unreachable:
        try:
            response = self._pool.request(
                built.method,
                self.url + built.path,
                headers=built.headers,
                body=built.body,
                timeout=urllib3.Timeout(total=timeout),
                redirect=False,  # a token must not travel to where an answer points
                retries=False,
            )
        except HTTPError as error:
            return Unreachable(f"No answer from {self.url} ({_reason(error)}).")
        return Try(response.status, response.headers, response.data)


def _checked(url: str) -> str:
    try:
        parsed = parse_url(url)
    except LocationParseError as error:
        raise UnexpectedAnswer(f"{url!r} is not a URL.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.auth or parsed.query or parsed.fragment:
        raise UnexpectedAnswer(f"{url!r} is not the URL of a server: it looks like https://time.example:8400.")
    return url.rstrip("/")


def _clean(token: str | None) -> str | None:
    # Checked here, because an HTTP library's complaint about a header would show it.
    if token is not None and not (token.isascii() and token.isprintable() and token.strip()):
        raise Unauthorized("unauthorized", "The token isn't one: it holds nothing or characters that no token has.")
    return token and token.strip()


def _reason(error: HTTPError) -> str:
    """What went wrong, without the addresses of objects that urllib3 puts into its messages."""
    text = re.sub(r"^.*?Connection(Pool)?\([^)]*\): (Failed to establish a new connection: )?", "", str(error))
    return re.sub(r"^\[Errno \d+\] ", "", text) or type(error).__name__
