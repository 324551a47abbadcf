"""How far long work is, for whoever wants to hear it."""

from collections.abc import Callable

Tell = Callable[[str, int, int | None], None]
"""Called now and then with what is done, how much of it was, and how much there is if that is known."""


def unheard(_what: str, _count: int, _total: int | None) -> None:
    """Nobody hears it."""
