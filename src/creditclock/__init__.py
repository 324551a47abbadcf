"""Creditclock sells time: credits buy time, and time runs only while the customer is on the clock.

>>> from creditclock import Client, OutOfTime
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from creditclock.client import (
        AsyncClient,
        AsyncClockHandle,
        AsyncEventStream,
        AsyncListing,
        AsyncRunningSession,
        BadSignature,
        Busy,
        Client,
        ClockHandle,
        Event,
        EventStream,
        Exchange,
        Forbidden,
        InsufficientCredits,
        Listing,
        NotFound,
        OutOfTime,
        Patience,
        Problem,
        RunningSession,
        SecondFactorNeeded,
        SessionEnded,
        SessionLapsed,
        SessionOver,
        StaleSeq,
        Unauthorized,
        UnexpectedAnswer,
        Unreachable,
        current_session,
        metered,
        verify_webhook,
    )

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "AsyncClockHandle",
    "AsyncEventStream",
    "AsyncListing",
    "AsyncRunningSession",
    "BadSignature",
    "Busy",
    "Client",
    "ClockHandle",
    "Event",
    "EventStream",
    "Exchange",
    "Forbidden",
    "InsufficientCredits",
    "Listing",
    "NotFound",
    "OutOfTime",
    "Patience",
    "Problem",
    "RunningSession",
    "SecondFactorNeeded",
    "SessionEnded",
    "SessionLapsed",
    "SessionOver",
    "StaleSeq",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unreachable",
    "__version__",
    "current_session",
    "metered",
    "verify_webhook",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type, see above
    """Import a name of the library when it is first used: a server and the command line don't need it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module("creditclock.client"), name)
    globals()[name] = found
    return found
