"""Secrets: passwords hashed in a bounded pool, tokens and keys made and looked up by digest (design section 7)."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import argon2

from creditclock.domain.passwords import prepared
from creditclock.web.turns import Turn, Turns

T = TypeVar("T")
THREADS: Final = 2
_STRONG: Final = argon2.PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
"""RFC 9106's second recommendation, more than OWASP's minimum (19 MiB, 2 passes); two threads hold 128 MiB at most."""
_QUICK: Final = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""For books of tests, which nobody from outside reaches and which are never used for real."""
_UNKNOWN: Final = "$argon2id$v=19$m={},t={},p={}$c29tZXNhbHRzb21lc2FsdA$K7wAjv1mzgYLQAxWqSk1MSLyLaK9FK2G6Wh3mVAHxG0"
"""Verified in the place of a password that doesn't exist, so that both take the same time."""
OVER_SHA256: Final = "sha256+"
"""Before an argon2id string: it is of the SHA-256 of the password, in hexadecimal, as an older installation had it."""


def hashed(password: str, hasher: argon2.PasswordHasher = _STRONG) -> str:
    """The argon2id string of a password; takes a moment and much memory, on purpose."""
    return hasher.hash(prepared(password))


def hashed_over(digest: str) -> str:
    """What is kept of a password of which only the SHA-256 is known, in 64 hexadecimal digits.

    The password is made anew when its owner signs in.
    """
    return OVER_SHA256 + _STRONG.hash(digest.lower())


class Fit(NamedTuple):
    """Whether a password is the right one, and whether its hash should be made anew."""

    fits: bool
    outdated: bool = False


class _Task(NamedTuple):
    """What a thread shall do, and who waits for it."""

    done: "asyncio.Future[Any]"
    work: Callable[[], Any]


class Passwords:
    """Hashes and verifies passwords in two threads, outside the lane, for those who ask by turns.

    Those of books for tests are hashed quickly.
    """

    def __init__(self, *, test: bool) -> None:
        self._hasher = _QUICK if test else _STRONG
        self._unknown = _UNKNOWN.format(self._hasher.memory_cost, self._hasher.time_cost, self._hasher.parallelism)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="password")
        self._turns: Turns[_Task] = Turns()
        self._working = 0

    async def hash(self, password: str, turn: Turn) -> str:
        """The argon2id string of a password. Raises a Refusal `busy`."""
        return await self._run(turn, partial(hashed, password, self._hasher))

    async def verify(self, password: str, hashed: str | None, turn: Turn) -> bool:
        """Whether a password is the one that was hashed; never for None. Raises a Refusal `busy`."""
        return (await self.compare(password, hashed, turn)).fits

    async def compare(self, password: str, hashed: str | None, turn: Turn) -> Fit:
        """Whether a password is the one that was hashed, and whether its hash is outdated; never fits None.

        Raises a Refusal `busy`.
        """
        found = await self._run(turn, partial(self._compare, password, hashed or self._unknown))
        return found if hashed else Fit(fits=False)

    @property
    def waiting(self) -> int:
        """How many passwords are worked on or wait for it."""
        return self._working + len(self._turns)

    def close(self) -> None:
        """End the threads."""
        for task in self._turns.drain():
            task.done.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _compare(self, password: str, hashed: str) -> Fit:
        """Hashes made before passwords were prepared are of what was typed."""
        if hashed.startswith(OVER_SHA256):
            return self._compare_over(password, hashed.removeprefix(OVER_SHA256))
        same = prepared(password)
        for typed in dict.fromkeys((same, password)):
            try:
                self._hasher.verify(hashed, typed)
            except argon2.exceptions.VerificationError:
                continue
            return Fit(fits=True, outdated=typed != same or self._hasher.check_needs_rehash(hashed))
        return Fit(fits=False)

    def _compare_over(self, password: str, hashed: str) -> Fit:
        """A password that was brought along as the hash of its SHA-256; it is outdated in any case."""
        try:
            self._hasher.verify(hashed, digest(password))
        except argon2.exceptions.VerificationError:
            return Fit(fits=False)
        return Fit(fits=True, outdated=True)

    async def _run(self, turn: Turn, work: Callable[[], T]) -> T:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._turns.wait(turn, _Task(done, work))
        self._go_on()
        return await done

    def _go_on(self) -> None:
        """Give free threads to those whose turn it is."""
        while self._working < THREADS and (task := self._turns.next()) is not None:
            if not task.done.done():
                self._working += 1
                working = asyncio.get_running_loop().run_in_executor(self._pool, task.work)
                working.add_done_callback(partial(self._worked, task.done))

    def _worked(self, done: "asyncio.Future[Any]", working: "asyncio.Future[Any]") -> None:
        self._working -= 1
        if working.cancelled():
            done.cancel()
            return
        error = working.exception()
        if not done.done():
            if error:
                done.set_exception(error)
            else:
                done.set_result(working.result())
        self._go_on()


def new_token(master: int) -> str:
    """A fresh secret token of a master; it names the master, the rest is 32 random bytes."""
    return f"cct_{master:07x}_{secrets.token_urlsafe(32)}"


def new_key(master: int, kind: str) -> str:
    """A fresh key of an app."""
    return f"{'ccs' if kind == 'secret' else 'ccp'}_{master:07x}_{secrets.token_urlsafe(32)}"


def new_recovery_codes(number: int) -> list[str]:
    """Fresh recovery codes: 80 random bits each, in letters and digits that nobody confuses."""
    texts = (base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(number))
    return ["-".join(text[place : place + 4] for place in range(0, len(text), 4)) for text in texts]


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code; case, dashes and spaces don't matter."""
    return digest("".join(letter for letter in code.lower() if letter.isalnum()))


def digest(secret: str) -> str:
    """What is kept of a token or key: enough to recognise it, not to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def master_in(secret: str) -> int | None:
    """The number of the master that a token or key names; None if it is none of ours."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] not in {"cct", "ccs", "ccp"} or len(parts[1]) != 7:  # noqa: PLR2004 - its form
        return None
    try:
        return int(parts[1], 16)
    except ValueError:
        return None
