"""Keys: secrets that are derived from the installation's keys, for those who must use them again."""

import logging
import secrets
from typing import Final, NamedTuple

from creditclock.contract import Refusal
from creditclock.storage.dialect import DatabaseProblem, Unusable
from creditclock.storage.keys import Keys

SALT_BYTES: Final = 16
log: Final = logging.getLogger("creditclock.web")


class Derived(NamedTuple):
    """A secret with what brings it about again: the number of a key and a salt."""

    key: int
    salt: str
    secret: bytes


def new_secret(keys: Keys, purpose: str) -> Derived:
    """A fresh secret for a purpose. Raises a Refusal `busy` when the key file can't be used."""
    salt = secrets.token_hex(SALT_BYTES)
    try:
        number = keys.newest()
        return Derived(number, salt, keys.derived(number, purpose, salt))
    except Unusable:
        raise
    except DatabaseProblem as problem:
        raise _unusable(problem) from problem


def secret_again(keys: Keys, purpose: str, number: int, salt: str) -> bytes:
    """A secret that was made before. Raises a Refusal `busy` when the key file can't be used."""
    try:
        return keys.derived(number, purpose, salt)
    except Unusable:
        raise
    except DatabaseProblem as problem:
        raise _unusable(problem) from problem


def _unusable(problem: DatabaseProblem) -> Refusal:
    log.error("no secret: %s", problem)
    detail = "The server's key file can't be used; its log says why. Nothing was changed. Try again later."
    return Refusal("busy", detail, retry_after_s=60)
