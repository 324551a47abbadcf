"""Tallies: what the lane counts about its own work, as plain numbers that others may read at any time."""

from collections.abc import Iterable, Sequence
from typing import Final

from creditclock.commands.batch import FAILED
from creditclock.commands.job import Outcome
from creditclock.contract import Refusal
from creditclock.domain.rows import Session
from creditclock.measures.counting import FAST_S, Count, Spread

SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LATE_S: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0)
COMPUTED: Final = frozenset({"empty", "expired", "lease_lapsed", "pause_limit"})
"""The reasons of ends that come by computation."""


class LaneTally:
    """Counts of a lane's work. One thread changes them."""

    def __init__(self) -> None:
        self.sizes = Spread(SIZES)
        """How many commands a batch had."""
        self.batch_s = Spread(FAST_S)
        """How long a batch took, from the lock to the answers."""
        self.commit_s = Spread(FAST_S)
        """How long writing and committing took in it."""
        self.late_s = Spread(LATE_S)
        """How long after its instant an end was on disk."""
        self.results = {name: Count() for name in ("done", "refused", "replayed", "stale", "busy", "failed")}
        """What came of commands."""
        self.troubles = {name: Count() for name in ("conflict", "lost", "doubt", "violation", "unusable", "unexpected")}
        """What a batch met."""

    def outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Count what came of the commands of a batch."""
        done = replayed = 0
        for outcome in outcomes:
            if outcome.replayed:
                replayed += 1
            elif outcome.body is not None:
                done += 1
            else:
                self.results[_kind_of(outcome.refusal, outcome.status)].value += 1
        self.results["done"].value += done
        self.results["replayed"].value += replayed

    def ends(self, sessions: Iterable[Session], now: int) -> None:
        """Count the lateness of the ends that were written down now."""
        for session in sessions:
            if session.ended_at is not None and session.reason in COMPUTED:
                self.late_s.add(max(0, now - session.ended_at) / 1_000)


def _kind_of(refusal: Refusal | None, status: int) -> str:
    if refusal is None:
        return "failed" if status == FAILED else "stale"
    return "busy" if refusal.code == "busy" else "refused"
