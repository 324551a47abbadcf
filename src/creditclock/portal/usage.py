"""Usage: the credits that clocks used in each minute of the last hour.

It follows what sessions really ran, not when it was posted: a running clock posts nothing until something happens to
it. Clock time is valued at the price of an hour of the session's tariff.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from creditclock.domain import rows
from creditclock.domain.stretches import open_segments
from creditclock.portal.words import hour_and_minute, money
from creditclock.queries.source import sure
from creditclock.storage.lately import Stretch, stretches
from creditclock.storage.snapshot import Snapshot

MINUTE_MS: Final = 60_000
MINUTES: Final = 60
PER_UNIT: Final = 3_600_000 * 1_000
"""Thousandths of a ms in an hour: burned × price in these is minor units."""
WIDTH: Final = 10
HEIGHT: Final = 100
"""The chart's height; each minute is `WIDTH` wide."""
_STEPS: Final = (1, 2, 4, 6, 8, 10)


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a business's clocks used: `minutes` in minor units, the last one is still going on; they add up to `amount`.

    `bars` and `last_bar` draw them as SVG paths below `top`, the round amount at the height of the chart.
    """

    business: str
    amount: int
    total: str
    minutes: list[int]
    bars: str
    last_bar: str
    top: str
    half: str
    begins: str
    ends: str
    summary: str


def usage(snapshot: Snapshot, master: rows.Master, sessions: Iterable[rows.Session]) -> Usage:
    """The usage of a business at the instant of a snapshot; `sessions` are its open ones, caught up."""
    now = snapshot.now
    since = now - now % MINUTE_MS - (MINUTES - 1) * MINUTE_MS
    found = stretches(snapshot, since)
    for session in sessions:
        price = sure(snapshot, rows.Tariff, session.tariff).price
        found += [Stretch(part.from_at, part.until_at, part.burned, price) for part in open_segments(session, now)]
    return drawn(master, since, per_minute(found, since))


def per_minute(found: Sequence[Stretch], since: int) -> list[int]:
    """What stretches cost in each minute from an instant on, in minor units; rounded so that they add up exactly."""
    costs = [0] * MINUTES
    for stretch in found:
        first = max(0, (stretch.from_at - since) // MINUTE_MS)
        last = min(MINUTES - 1, (stretch.until_at - since) // MINUTE_MS)
        before = _burned(stretch, since + first * MINUTE_MS)
        for minute in range(first, last + 1):
            after = _burned(stretch, since + (minute + 1) * MINUTE_MS)
            costs[minute] += (after - before) * stretch.price
            before = after
    amounts: list[int] = []
    exact = shown = 0
    for cost in costs:
        exact += cost
        amounts.append(exact // PER_UNIT - shown)
        shown = exact // PER_UNIT
    return amounts


def _burned(stretch: Stretch, until: int) -> int:
    """What a stretch burned before an instant: evenly while it lasts, at once if it is only an instant."""
    if until <= stretch.from_at:
        return 0
    if until >= stretch.until_at:
        return stretch.burned
    return stretch.burned * (until - stretch.from_at) // (stretch.until_at - stretch.from_at)


def drawn(master: rows.Master, since: int, minutes: list[int]) -> Usage:
    """The usage of a business as it is shown; a correction can make a minute negative, it is drawn as none."""
    unit = (master.currency, master.exponent)
    top = _round_above(max(minutes))
    most = max(range(MINUTES), key=lambda minute: minutes[minute])
    amount = sum(minutes)
    total = money(amount, *unit)
    summary = f"{total} in the last 60 minutes."
    if amount:
        summary += f" Most in one minute: {money(minutes[most], *unit)} at {hour_and_minute(since + most * MINUTE_MS)}."
    bars = [_bar(place, part, top) for place, part in enumerate(minutes)]
    return Usage(
        business=master.name,
        amount=amount,
        total=total,
        minutes=minutes,
        bars="".join(bars[:-1]),
        last_bar=bars[-1],
        top=money(top, *unit),
        half=money(top // 2, *unit),
        begins=hour_and_minute(since),
        ends=hour_and_minute(since + (MINUTES - 1) * MINUTE_MS),
        summary=summary,
    )


def _bar(place: int, amount: int, top: int) -> str:
    """A bar as a part of a path; nothing for nothing."""
    if amount <= 0:
        return ""
    height = max(1, amount * HEIGHT // top)
    return f"M{place * WIDTH + 1} {HEIGHT}v-{height}h{WIDTH - 2}v{height}z"


def _round_above(amount: int) -> int:
    """The least round number that isn't below: 2, 4, 6, 8 or 10, 20, …; even, so that half of it can be told."""
    scale = 1
    while amount > 10 * scale:
        scale *= 10
    return next(top for step in _STEPS if (top := step * scale) >= amount and top % 2 == 0)
