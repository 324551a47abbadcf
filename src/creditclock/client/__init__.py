"""The Python library: `Client`, `AsyncClient`, sessions that are kept alive, events, webhooks, the problems they raise.

Everything here can be imported from `creditclock` itself.

>>> from creditclock import Client, InsufficientCredits
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from creditclock.client.async_client import AsyncClient
    from creditclock.client.async_clock import AsyncClockHandle
    from creditclock.client.async_streams import AsyncEventStream
    from creditclock.client.client import Client
    from creditclock.client.clock import ClockHandle
    from creditclock.client.errors import (
        BadSignature,
        Busy,
        Forbidden,
        InsufficientCredits,
        NotFound,
        OutOfTime,
        Problem,
        SecondFactorNeeded,
        SessionEnded,
        SessionLapsed,
        SessionOver,
        StaleSeq,
        Unauthorized,
        UnexpectedAnswer,
        Unreachable,
    )
    from creditclock.client.lists import AsyncListing, Listing
    from creditclock.client.metering import current_session, metered
    from creditclock.client.patience import Exchange, Patience
    from creditclock.client.running.async_session import AsyncRunningSession
    from creditclock.client.running.session import RunningSession
    from creditclock.client.streams import EventStream
    from creditclock.client.webhooks import verify_webhook
    from creditclock.contract.events import Event

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
    "current_session",
    "metered",
    "verify_webhook",
]

_HOMES: Final = {
    "AsyncClient": "creditclock.client.async_client",
    "AsyncClockHandle": "creditclock.client.async_clock",
    "AsyncEventStream": "creditclock.client.async_streams",
    "AsyncListing": "creditclock.client.lists",
    "AsyncRunningSession": "creditclock.client.running.async_session",
    "Client": "creditclock.client.client",
    "ClockHandle": "creditclock.client.clock",
    "Event": "creditclock.contract.events",
    "EventStream": "creditclock.client.streams",
    "Exchange": "creditclock.client.patience",
    "Listing": "creditclock.client.lists",
    "Patience": "creditclock.client.patience",
    "RunningSession": "creditclock.client.running.session",
    "current_session": "creditclock.client.metering",
    "metered": "creditclock.client.metering",
    "verify_webhook": "creditclock.client.webhooks",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type, see above
    """Import a name when it is first used: the HTTP client takes a tenth of a second to load."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES.get(name, "creditclock.client.errors")), name)
    globals()[name] = found
    return found
