"""Pages as HTML: the board and the landing page. Templates escape everything; nothing in a page is inline."""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from creditclock import __version__
from creditclock.portal.board import Board, Card
from creditclock.portal.details import Details
from creditclock.portal.feed import KINDS, Entry
from creditclock.portal.logins import LOGINS
from creditclock.portal.usage import Usage
from creditclock.portal.words import digits, exact, thousandths

STATIC: Final = Path(__file__).with_name("static")
"""The files that pages refer to below `/board`."""
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"

_NO_CARD: Final = Card(
    id="",
    customer="",
    business="",
    tariff="",
    state="running",
    left_ms=0,
    balance_ms=0,
    bought_ms=1,
    burn_rate=0,
    at=0,
    moment="",
    seats=[],
)
"""What the page's script copies to draw a clock that begins to run later; the others likewise."""
_NO_ENTRY: Final = Entry(id="", type="", at=0, timestamp="", time="", tone="other", text="", business="", is_loud=False)
_NO_USAGE: Final = Usage(
    business="", amount=0, total="", minutes=[], bars="", last_bar="", top="", half="", begins="", ends="", summary=""
)


_PATTERNS: Final = {"no_card": _NO_CARD, "no_entry": _NO_ENTRY, "no_usage": _NO_USAGE}


def board_page(board: Board) -> bytes:
    """The board for people; it works without scripts."""
    return _render("board.html", board=board, logins=LOGINS, kinds=KINDS, **_PATTERNS)


def board_json(board: Board) -> bytes:
    """The board for the page's script."""
    return msgspec.json.encode(board)


def details_page(details: Details) -> bytes:
    """A clock with everything about it; the board's script shows its main part in a dialog."""
    return _render("clock.html", details=details)


@cache
def landing_page() -> bytes:
    """What a server says at `/`: that it is one, and where to go on."""
    return _render("landing.html")


def _render(template: str, **values: object) -> bytes:
    return _environment().get_template(template).render(version=__version__, **values).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("creditclock.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["digits"] = digits
    environment.filters["exact"] = exact
    environment.filters["thousandths"] = thousandths
    return environment
