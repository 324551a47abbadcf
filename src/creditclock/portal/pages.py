"""Pages as HTML: the board and the landing page. Templates escape everything; nothing in a page is inline."""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from creditclock import __version__
from creditclock.portal.board import Board, Card
from creditclock.portal.logins import LOGINS

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
"""What the page's script copies to draw a clock that begins to run later."""


def board_page(board: Board) -> bytes:
    """The board for people; it works without scripts."""
    return _render("board.html", board=board, no_card=_NO_CARD, logins=LOGINS)


def board_json(board: Board) -> bytes:
    """The board for the page's script."""
    return msgspec.json.encode(board)


@cache
def landing_page() -> bytes:
    """What a server says at `/`: that it is one, and where to go on."""
    return _render("landing.html")


def digits(ms: int) -> str:
    """A duration as clocks show it; begun seconds count, so that it shows zero only when nothing is left.

    >>> digits(3_599_001), digits(59_000)
    ('1:00:00', '0:59')
    """
    minutes, seconds = divmod(-(-ms // 1_000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def thousandths(number: int) -> str:
    """A number of thousandths as a decimal.

    >>> thousandths(1_000), thousandths(1_500), thousandths(3_250)
    ('1', '1.5', '3.25')
    """
    whole, rest = divmod(number, 1_000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")


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
    environment.filters["thousandths"] = thousandths
    return environment
