"""Runs: many lots that start and expire, one after another, while no session joins or ends (design section 4).

The same settlements, postings and instants as one by one (`clocks.begin_instant`), but the clock isn't looked at anew
at each: n lots take n log n steps.
"""

from heapq import heappop, heappush
from typing import Final

from creditclock.domain.drafts import Draft
from creditclock.domain.instants import of_sessions
from creditclock.domain.lots import take_from
from creditclock.domain.rows import Lot
from creditclock.domain.settlements import forfeit, spread
from creditclock.domain.sweeps import EXPIRES, STARTS, Event

FEW: Final = 8
"""As many lots, or instants of them, are faster one by one."""


def run_lots(draft: Draft, until: int) -> None:
    """Apply what lots do before `until`, as far as no session joins, comes to a limit or ends.

    The instant at which one does is left as it is found.
    """
    if len(draft.lots) <= FEW:
        return
    rate, joins_at, limits = of_sessions(draft.sessions, draft.settled_at)
    events = _events(draft.lots, draft.settled_at, min(until, joins_at, limits))
    if len(events) > FEW and not any(session.held for session in draft.joined()):
        _Run(draft, rate).play(events)


def _events(lots: list[Lot], since: int, until: int) -> list[Event]:
    """What the lots do before `until`, in order."""
    events: list[Event] = []
    for place, lot in enumerate(lots):
        if since < lot.starts_at < until:
            events.append((lot.starts_at, STARTS, place))
        if lot.expires_at is not None and lot.expires_at < until:
            events.append((max(since, lot.expires_at), EXPIRES, place))
    events.sort()
    return events


class _Run:
    """A draft whose lots run at an unchanging rate; `draft.lots` is out of date until the end.

    `lots` holds them by place, the gone ones too, `burning` is a heap of places that started, `there` what can
    burn in thousandths: the started lots and the rest of a paid millisecond.
    """

    __slots__ = ("burning", "draft", "lots", "only", "rate", "there")

    def __init__(self, draft: Draft, rate: int) -> None:
        joined = draft.joined()
        self.draft = draft
        self.rate = rate
        self.only = joined[0].id if len(joined) == 1 else None
        self.lots = draft.lots
        self.burning = [place for place, lot in enumerate(draft.lots) if lot.starts_at <= draft.settled_at]
        self.there = draft.balance() * 1000 - draft.ahead

    def play(self, events: list[Event]) -> None:
        for at, what, place in events:
            if self.lots[place].left_ms:
                if not self._settle(at, what):
                    break
                if what == STARTS:
                    heappush(self.burning, place)
                    self.there += self.lots[place].left_ms * 1000
                elif not self._expire(place):
                    break
        self.draft.lots = [lot for lot in self.lots if lot.left_ms]

    def _settle(self, at: int, what: int) -> bool:
        """Take what burned up to `at`, as `settle_draft` does; False if the clock was empty before.

        If it is empty just at `at`, a lot that starts there saves.
        """
        draft, there = self.draft, self.there
        rest = there - self.rate * (at - draft.settled_at)
        missing = min(0, rest)
        if self.rate and rest <= 0 and (what != STARTS or missing <= -self.rate):
            return False
        joined = draft.joined() if missing else []
        draft.settled_at = at
        self.there = rest - missing
        self._take(there // 1000 - self.there // 1000)
        draft.ahead = -(self.there % 1000)
        if missing:
            spread(draft, joined, missing)
        return True

    def _expire(self, place: int) -> bool:
        """Take a lot away at its expiry; False, and nothing is done, if that ends sessions."""
        draft, lot = self.draft, self.lots[place]
        if not lot.left_ms:
            return True
        rest = self.there - lot.left_ms * 1000 if lot.starts_at <= draft.settled_at else self.there
        leaves_nothing = rest != self.there and not rest // 1000
        if leaves_nothing and self.rate:
            return False
        self.lots[place] = take_from(draft, lot, "expired", lot.left_ms, None)
        self.there = rest
        if leaves_nothing:
            forfeit(draft)
            self.there = 0
        return True

    def _take(self, ms: int) -> None:
        while ms:
            place = self.burning[0]
            lot = self.lots[place]
            part = min(ms, lot.left_ms)
            if part:
                ms -= part
                self.lots[place] = take_from(self.draft, lot, "use", part, self.only)
            if part == lot.left_ms:
                heappop(self.burning)
