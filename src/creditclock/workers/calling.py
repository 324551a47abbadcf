"""Calling: connections to hosts that strangers named, made only to addresses that may be called (design section 7).

A name is resolved once, all its addresses are looked at, and the connection is made to one of these: a second answer
of the name server counts for nothing. The host's name stays what the request and TLS speak of.
"""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from ipaddress import ip_address
from typing import Any, Final, cast
from urllib.parse import SplitResult

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from creditclock.domain.addresses import is_public

TIMEOUT_S: Final = 15.0
"""How long a request may take in all."""
CONNECT_S: Final = 10.0
HOSTS: Final = 64
"""To how many hosts connections are kept open."""
PER_HOST: Final = 16
log: Final = logging.getLogger("creditclock.webhooks")


class Forbidden(HTTPError):  # noqa: N818 - states a fact, is no error of ours
    """The host has an address that must not be called."""


class Attempt:
    """A request under way in one thread; another one may `abort` it."""

    def __init__(self) -> None:
        self.until = time.monotonic() + TIMEOUT_S
        self.is_aborted = False
        self.is_reused = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None

    @property
    def left_s(self) -> float:
        """How much of its time is left."""
        return self.until - time.monotonic()

    def uses(self, handle: socket.socket | None, *, reused: bool) -> None:
        """Say what the request is sent over."""
        with self._lock:
            self._handle = handle
            self.is_reused = reused

    def abort(self) -> None:
        """Break the connection, so that whoever waits for it wakes up."""
        with self._lock:
            self.is_aborted = True
            if self._handle:
                with contextlib.suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)


class _Current(threading.local):
    attempt: Attempt | None = None


_current: Final = _Current()


@contextlib.contextmanager
def attempting(attempt: Attempt) -> Generator[None]:
    """Let connections that this thread uses belong to an attempt."""
    _current.attempt = attempt
    try:
        yield
    finally:
        attempt.uses(None, reused=attempt.is_reused)
        _current.attempt = None


class _Careful(HTTPConnection):
    """A connection to an address that was looked at; it can be broken from another thread."""

    anywhere = False
    _handle: socket.socket | None = None
    _requests = 0

    def _new_conn(self) -> socket.socket:
        attempt = _current.attempt
        assert attempt is not None
        sock = self._connected(attempt)
        # TLS takes the socket over; a second handle on it can be shut down whoever holds the first.
        self._handle = sock.dup()
        self._requests = 0
        attempt.uses(self._handle, reused=False)
        return sock

    def request(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as the library's
        if _current.attempt and self._handle:
            _current.attempt.uses(self._handle, reused=self._requests > 0)
        self._requests += 1
        super().request(*arguments, **named)

    def close(self) -> None:
        """Close the connection."""
        handle, self._handle = self._handle, None
        if handle:
            handle.close()
        super().close()

    def _connected(self, attempt: Attempt) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        places = [(family, place) for family, _, _, _, place in found]
        if not self.anywhere and not all(_is_public(str(place[0])) for _, place in places):
            raise Forbidden(f"{self.host} has an address that is not on the Internet")
        reason: OSError = TimeoutError("timed out")
        for family, place in places:
            wait_s = min(CONNECT_S, attempt.left_s)
            if wait_s <= 0:
                break
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(wait_s)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(place)
            except OSError as error:
                sock.close()
                reason = error
            else:
                return sock
        if isinstance(reason, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from reason
        raise NewConnectionError(self, str(reason.strerror or reason)) from reason


class _CarefulTls(_Careful, HTTPSConnection):  # pyright: ignore[reportUnsafeMultipleInheritance] - one of the two calls the other
    """The same with TLS."""


class _AnyHost(_Careful):
    anywhere = True


class _AnyHostTls(_CarefulTls):
    anywhere = True


class Hosts:
    """Connections that are kept open to the hosts that were called last."""

    def __init__(self, *, anywhere: bool) -> None:
        self._anywhere = anywhere
        self._tls = ssl.create_default_context()
        self._pools: OrderedDict[tuple[str, str, int], HTTPConnectionPool] = OrderedDict()
        self._lock = threading.Lock()
        # Its lines name whole URLs.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def pool(self, parts: SplitResult) -> HTTPConnectionPool:
        """The connections to the host of a URL."""
        assert parts.hostname
        place = (parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        with self._lock:
            pool = self._pools.pop(place, None)
            if pool is None:
                pool = self._made(*place)
            self._pools[place] = pool
            dropped = self._pools.popitem(last=False)[1] if len(self._pools) > HOSTS else None
        if dropped:
            dropped.close()
        return pool

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _made(self, scheme: str, host: str, port: int) -> HTTPConnectionPool:
        if scheme == "https":
            secure = HTTPSConnectionPool(host, port, maxsize=PER_HOST, ssl_context=self._tls)
            secure.ConnectionCls = cast("Any", _AnyHostTls if self._anywhere else _CarefulTls)
            return secure
        pool = HTTPConnectionPool(host, port, maxsize=PER_HOST)
        pool.ConnectionCls = cast("Any", _AnyHost if self._anywhere else _Careful)
        return pool


def _is_public(address: str) -> bool:
    return is_public(ip_address(address.partition("%")[0]))
