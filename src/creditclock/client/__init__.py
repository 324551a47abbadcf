"""The Python library: `Client`, the problems it raises, the meter.

>>> from creditclock.client import Client, InsufficientCredits
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from creditclock.client.client import Client, Exchange, Patience
    from creditclock.client.errors import (
        Busy,
        Forbidden,
        InsufficientCredits,
        NotFound,
        OutOfTime,
        Problem,
        SessionEnded,
        StaleSeq,
        Unauthorized,
        UnexpectedAnswer,
        Unreachable,
    )

__all__ = [
    "Busy",
    "Client",
    "Exchange",
    "Forbidden",
    "InsufficientCredits",
    "NotFound",
    "OutOfTime",
    "Patience",
    "Problem",
    "SessionEnded",
    "StaleSeq",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unreachable",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type, see above
    """Import a name when it is first used: the HTTP client takes a tenth of a second to load."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "client" if name in {"Client", "Exchange", "Patience"} else "errors"
    return getattr(import_module(f"{__name__}.{home}"), name)
