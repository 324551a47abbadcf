"""What is wrong with a value, in words that need no knowledge of Python: `must be at least 1`."""

import re
from collections.abc import Callable
from typing import Final

_BOUND: Final = re.compile(
    r"Expected `(?P<type>int|str|array)\b[^`]*` (?:of length )?(?P<sign>[<>]=?) (?P<bound>-?\d+)"
)
_PLACE: Final = re.compile(r" - at `\$\.?(?P<field>\w*)[^`]*`\Z")
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_SIGNS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_PARTS: Final = {"str": ("character", "characters"), "array": ("entry", "entries")}


def plain(message: str, form: str = "", spelled: Callable[[int], str] = str) -> str:
    """The decoder's message about one value; `form` tells what it looks like, `spelled` writes its bounds.

    >>> plain("Expected `int` >= 1 - at `$.amount`"), plain("Expected `str` of length >= 8")
    ('must be at least 1', 'must have at least 8 characters')
    >>> plain("Expected `str` matching regex '^a+$'", "a code such as aaa")
    "doesn't have the right form: a code such as aaa"
    """
    if _MISSING.match(message):
        return "is missing"
    if found := _BOUND.match(message):
        bound, sign = int(found["bound"]), _SIGNS[found["sign"]]
        if found["type"] == "int":
            return f"must be {sign} {spelled(bound)}"
        return f"must have {sign} {bound} {_PARTS[found['type']][bound != 1]}"
    return f"doesn't have the right form{form and ': '}{form}"


def place(message: str) -> str:
    """The field that the decoder's message is about; empty if it names none."""
    found = _MISSING.match(message) or _PLACE.search(message)
    return found["field"] if found else ""
