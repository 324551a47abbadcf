"""Texts of others on a terminal: what would move its cursor, change its title or turn its letters around is spelled."""

from typing import Final

_JOINERS: Final = "\u200c\u200d"
"""Parts of words and of emoji that nobody sees by themselves."""


def visible(text: str) -> str:
    r"""The text with every character that a terminal would act on, line breaks too, spelled as an escape.

    >>> visible("Bob\\x1b]0;root\\x07")
    'Bob\\\\x1b]0;root\\\\x07'
    """
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() or part in _JOINERS else _spelled(part) for part in text)


def _spelled(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
