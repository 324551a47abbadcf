"""Deliveries: when an event that a webhook didn't take is tried again, and when that ends (design section 5)."""

from typing import Final

from creditclock.domain.rows import Webhook

_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
DELAYS_MS: Final = (
    5_000,
    30_000,
    2 * _MINUTE,
    10 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    2 * _HOUR,
    4 * _HOUR,
    8 * _HOUR,
)
"""How long is waited after each failure; after the last of them `LATER_MS`."""
LATER_MS: Final = 12 * _HOUR
JITTER_MS: Final = _HOUR
"""By how much the long waits differ, so that not everybody comes back at once."""
PATIENCE_MS: Final = 3 * 24 * _HOUR
"""How long an event is tried, and how long a webhook that takes nothing stays enabled."""
MOST_WAIT_MS: Final = 24 * _HOUR
"""How long an answer may ask to wait."""


def next_try(tries: int, first_at: int, tried_at: int, asked_ms: int | None, jitter: int) -> int | None:
    """When an event is tried again after so many failed tries; None when three days are over.

    `first_at` is when it was tried first, or the webhook enabled since. The answer may have asked to wait for
    `asked_ms`; `jitter` is any number in [0, 1000).
    """
    limit = first_at + PATIENCE_MS
    if tried_at >= limit:
        return None
    wait = DELAYS_MS[tries - 1] if tries <= len(DELAYS_MS) else LATER_MS - JITTER_MS * jitter // 1_000
    if asked_ms is not None:
        wait = max(wait, min(asked_ms, MOST_WAIT_MS))
    return min(tried_at + wait, limit)


def began(webhook: Webhook, first_at: int | None, tried_at: int) -> int:
    """Since when an event is tried: a webhook that is enabled again gets its three days anew."""
    return max(tried_at if first_at is None else first_at, webhook.enabled_at)


def is_given_up(webhook: Webhook, tried_at: int) -> bool:
    """Whether a webhook took nothing for three days."""
    since = webhook.failing_since
    return since is not None and tried_at - max(since, webhook.enabled_at) >= PATIENCE_MS


def tells(kinds: str, kind: str) -> bool:
    """Whether a webhook of these kinds, separated by spaces, is told of events of a kind.

    >>> tells("clock.low session.*", "session.ended"), tells("", "clock.low"), tells("clock.low", "clock.changed")
    (True, True, False)
    """
    noun = kind.partition(".")[0]
    return not kinds or any(part == kind or part.removesuffix(".*") == noun for part in kinds.split())
