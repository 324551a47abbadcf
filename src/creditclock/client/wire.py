"""The wire: one HTTP request and what comes of it. The only place that knows the HTTP library."""

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from creditclock.client.errors import UnexpectedAnswer, Unreachable
from creditclock.client.requests import Request, Try

CONNECTIONS: Final = 8
_PIECE: Final = 65_536
_LONGEST_REFUSAL: Final = 1_000_000


class Wire:
    """Connections to one server, usable from any number of threads; a forked process gets its own."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self.url = _checked(url)
        self._connections = connections
        self._pool = self._new_pool()

    def attempt(self, request: Request, timeout: float) -> Try | Unreachable:
        """Send a request once; gives what came back within so many seconds."""
        try:
            response = self._send(request, urllib3.Timeout(total=timeout))
            return Try(response.status, response.headers, response.data)
        except HTTPError as error:
            return Unreachable(f"No answer from {self.url} ({_reason(error)}).")

    def open(self, request: Request, connect: float, silence: float) -> "Stream | Try | Unreachable":
        """Send a request whose answer has no end; its pieces may be `silence` seconds apart."""
        try:
            response = self._send(request, urllib3.Timeout(connect=connect, read=silence), preload=False)
            if 200 <= response.status < 300:  # noqa: PLR2004 - HTTP's successes
                return Stream(self.url, response)
            try:
                return Try(response.status, response.headers, response.read(_LONGEST_REFUSAL))
            finally:
                response.close()
        except HTTPError as error:
            return Unreachable(f"No answer from {self.url} ({_reason(error)}).")

    def close(self) -> None:
        """Close all connections: those that wait for work now, the others when they are done."""
        for key in self._pool.pools.keys():  # noqa: SIM118 - it can't be iterated over otherwise
            pool = self._pool.pools.get(key)
            if pool is not None:
                pool.close()
        self._pool.clear()

    def _send(self, request: Request, timeout: urllib3.Timeout, *, preload: bool = True) -> urllib3.BaseHTTPResponse:
        if self._process != os.getpid():
            # What a fork left here are its parent's connections: answers would come to whoever reads first.
            self._pool = self._new_pool()
        return self._pool.request(
            request.method,
            self.url + request.path,
            headers=request.headers,
            body=request.body,
            timeout=timeout,
            redirect=False,  # a token must not travel to where an answer points
            retries=False,
            preload_content=preload,
        )

    def _new_pool(self) -> urllib3.PoolManager:
        self._process = os.getpid()
        return urllib3.PoolManager(maxsize=self._connections, retries=False)


class Stream:
    """An answer that goes on. Who reads it releases it; `interrupt` may be called from another thread."""

    def __init__(self, url: str, response: urllib3.BaseHTTPResponse) -> None:
        self._url = url
        self._response = response
        self.status = response.status
        self.headers = response.headers

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they come; ends when the server does. Raises `Unreachable` when nothing comes any more."""
        try:
            while piece := self._response.read1(_PIECE):
                yield piece
        except (HTTPError, OSError, ValueError) as error:
            # A ValueError is a read of what is no longer open.
            reason = _reason(error) if isinstance(error, HTTPError) else type(error).__name__
            raise Unreachable(f"The stream from {self._url} broke off ({reason}).") from error

    def interrupt(self) -> None:
        """End the stream for the thread that is reading it."""
        # Whatever is no longer open needs no end.
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            self._response.shutdown()

    def release(self) -> None:
        """Close the connection, as the thread that reads."""
        self._response.close()


def _checked(url: str) -> str:
    try:
        parsed = parse_url(url)
    except LocationParseError as error:
        raise UnexpectedAnswer(f"{url!r} is not a URL.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.auth or parsed.query or parsed.fragment:
        raise UnexpectedAnswer(f"{url!r} is not the URL of a server: it looks like https://time.example:8400.")
    return url.rstrip("/")


def _reason(error: HTTPError) -> str:
    """What went wrong, without the addresses of objects that urllib3 puts into its messages."""
    text = re.sub(r"^.*?Connection(Pool)?\([^)]*\): (Failed to establish a new connection: )?", "", str(error))
    return re.sub(r"^\[Errno \d+\] ", "", text) or type(error).__name__
