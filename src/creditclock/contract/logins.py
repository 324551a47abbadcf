"""Logins: which names people may sign in with, and the one spelling in which each is kept.

After RFC 8265 (UsernameCasePreserved): letters, marks and digits of any script and visible ASCII, full and half width
made one, composed (NFC). Upper and lower case stay different names.
"""

import re
import unicodedata
from typing import Final

from creditclock.contract.errors import Refusal

ID_LIKE: Final = re.compile(r"[a-z]{2,4}_")
_LETTERS: Final = frozenset({"Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
_LOOK_ALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})
"""Scripts whose letters pass for each other's; `unicodedata.name` begins with them."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


def spelled(login: str) -> str:
    """The spelling in which a login that somebody typed would be kept; the same for one that can't be kept."""
    if login.isascii():
        return login
    return unicodedata.normalize("NFC", "".join(_one_width(letter) for letter in login))


def kept(login: str) -> str:
    """The spelling in which a new login is kept.

    Raises a Refusal `invalid` for one with characters that nobody sees or that are no letters, for one that mixes
    alphabets that look alike or directions of writing, and for one that looks like an id.
    """
    if login.isascii():
        return login
    text = spelled(login)
    for letter in text:
        if not _is_fit(letter):
            name = unicodedata.name(letter, "no character")
            raise _refused(f"has a character that logins don't have: U+{ord(letter):04X} ({name})")
    scripts = sorted({_script(letter) for letter in text} & _LOOK_ALIKE)
    if len(scripts) > 1:
        raise _refused(f"mixes letters that look alike ({' and '.join(name.title() for name in scripts)})")
    directions = {unicodedata.bidirectional(letter) for letter in text}
    if directions & _RIGHT_TO_LEFT and "L" in directions:
        raise _refused("mixes writing from the left with writing from the right")
    if ID_LIKE.match(text):
        raise _refused("looks like an id")
    return text


def fit(login: str) -> str | None:
    """The spelling in which a new login would be kept; None for one that can't be a login."""
    if not login or ID_LIKE.match(login) or any(letter.isspace() for letter in login):
        return None
    try:
        return kept(login)
    except Refusal:
        return None


def _refused(what: str) -> Refusal:
    return Refusal("invalid", f"The login {what}. Choose another one.", field="login")


def _one_width(letter: str) -> str:
    is_variant = unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", letter) if is_variant else letter


def _is_fit(letter: str) -> bool:
    if letter.isascii():
        return "!" <= letter <= "~"
    # What stands for something else only to be read on paper, such as ligatures, has a plain spelling.
    is_plain = unicodedata.normalize("NFKC", letter) == unicodedata.normalize("NFC", letter)
    return is_plain and unicodedata.category(letter) in _LETTERS


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
