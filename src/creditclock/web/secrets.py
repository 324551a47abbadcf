"""Secrets: passwords hashed in a bounded pool, tokens and keys made and looked up by digest (design section 7)."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import argon2

from creditclock.contract import Refusal

T = TypeVar("T")
WAITING: Final = 64
"""How many passwords may wait for the pool; more are refused."""
_UNKNOWN: Final = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$K7wAjv1mzgYLQAxWqSk1MSLyLaK9FK2G6Wh3mVAHxG0"
"""Verified in the place of a password that doesn't exist, so that both take the same time."""


class Passwords:
    """Hashes and verifies passwords in two threads, outside the lane."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="password")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The argon2id string of a password. Raises a Refusal `busy`."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether a password is the one that was hashed; never for None. Raises a Refusal `busy`."""
        return await self._run(self._verify, password, hashed or _UNKNOWN) and bool(hashed)

    @property
    def waiting(self) -> int:
        """How many passwords are worked on or wait for it."""
        return self._waiting

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except argon2.exceptions.VerificationError:
            return False

    async def _run(self, function: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= WAITING:
            raise Refusal("busy", "Too many people sign in right now. Try again in a few seconds.", retry_after_s=3)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        finally:
            self._waiting -= 1


def new_token(master: int) -> str:
    """A fresh secret token of a master; it names the master, the rest is 32 random bytes."""
    return f"cct_{master:07x}_{secrets.token_urlsafe(32)}"


def new_key(master: int, kind: str) -> str:
    """A fresh key of an app."""
    return f"{'ccs' if kind == 'secret' else 'ccp'}_{master:07x}_{secrets.token_urlsafe(32)}"


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
