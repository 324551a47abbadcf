"""Passwords: what is the same password, and which ones are guessed first (design section 7)."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from creditclock.contract.errors import Refusal
from creditclock.domain.common_passwords import COMMON

SHORTEST: Final = 8
SYMBOLS: Final = frozenset("!@#$%^&*()_+[]{};.<>/?\\|-=")


def prepared(password: str) -> str:
    """A password as it is hashed, the same on every keyboard and system (RFC 8265, OpaqueString).

    Letters are composed (NFC), and every kind of space is a plain one. Upper and lower case stay.

    >>> prepared("cafe\u0301\u00a0noir") == "caf\u00e9 noir"
    True
    """
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in password)
    return unicodedata.normalize("NFC", spaced)


def check_mixed(password: str) -> None:
    """Refuse (`weak_password`) a new password without a letter, a digit and a symbol, which old clients ask for."""
    if not (
        len(password) >= SHORTEST
        and any(letter.isalpha() for letter in password)
        and any(letter.isdigit() for letter in password)
        and not SYMBOLS.isdisjoint(password)
    ):
        raise Refusal(
            "weak_password", f"A password needs {SHORTEST} characters: a letter, a digit and a symbol among them."
        )


def check_password(password: str, names: Iterable[str]) -> None:
    """Refuse (`weak_password`) a new password that is easy to guess; `names` are those of the person and business."""
    text = prepared(password)
    if len(text) < SHORTEST:
        raise Refusal("weak_password", f"A password needs {SHORTEST} characters at least. Choose a longer one.")
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise Refusal("weak_password", "The password has a character that no keyboard types. Choose another one.")
    plain = _plain(text)
    if plain in {_plain(name) for name in names}:
        raise Refusal("weak_password", "The password is the login or the name of the business. Choose another one.")
    if len(set(plain)) == 1 or plain in COMMON:
        raise Refusal("weak_password", "This is one of the passwords that are guessed first. Choose another one.")


def _plain(text: str) -> str:
    """A text as a guesser compares it."""
    return unicodedata.normalize("NFKC", text).casefold()
