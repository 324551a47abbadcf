"""Time that is given back while a session is open: what it has begun stays and is paid (design section 4)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from creditclock.contract.errors import Refusal
from creditclock.domain import clocks, sessions
from creditclock.domain.drafts import Effects, State
from creditclock.domain.parts import ceil_div
from creditclock.domain.rows import Session
from tests.domain import examples

HOUR = 3_600_000
Deed = tuple[int, str]
"""How long after the one before, and what."""


class Life:
    """One session on a clock with two bought lots; each ms cost one unit, so that nothing is rounded."""

    def __init__(self, terms: tuple[int, int, int], lots: tuple[int, int]) -> None:
        minimum, step, rate = terms
        self.at = self.returned = 0
        self.ended: list[Session] = []
        self.drained = False
        self.state: State = examples.state()
        for place, ms in enumerate(lots):
            self.apply(clocks.add_lot(self.state, examples.lot(201 + place, ms, amount_paid=ms), 0))
        row = examples.session(300, minimum_ms=minimum, increment_ms=step, burn_rate=rate, lease_ms=HOUR)
        self.apply(sessions.start(self.state, row, 0))

    def apply(self, effects: Effects) -> None:
        self.state = effects.state
        if effects.ended:
            self.ended += effects.ended
            self.drained = not effects.state.lots

    def do(self, wait: int, deed: str) -> None:
        self.at += wait
        self.apply(clocks.catch_up(self.state, self.at))
        if deed == "return":
            self.give_all_back()
        elif not self.ended:
            self.act(deed)

    def act(self, deed: str) -> None:
        session = self.state.sessions[0]
        if deed == "stop":
            self.apply(sessions.stop(self.state, 300, self.at))
        elif deed == "pause" and session.state == "running":
            self.apply(sessions.pause(self.state, 300, examples.tariff(), self.at))
        elif deed == "resume" and session.state == "paused" and any(lot.left_ms for lot in self.state.lots):
            self.apply(sessions.resume(self.state, 300, self.at))

    def give_all_back(self) -> None:
        ms = refundable(self.state, self.at)[0]
        if ms:
            effects, refunds = clocks.give_back(self.state, ms, self.at)
            self.returned += sum(amount for _, _, amount in refunds)
            self.apply(effects)


def refundable(state: State, at: int) -> tuple[int, int]:
    """How many ms may be given back, and how many are kept for what is open."""
    with pytest.raises(Refusal) as refused:
        clocks.give_back(state, HOUR, at)
    assert refused.value.code == "not_refundable"
    there, kept = refused.value.data["refundable_ms"], refused.value.data["kept_ms"]
    assert isinstance(there, int)
    assert isinstance(kept, int)
    return there, kept


def lived(terms: tuple[int, int, int], lots: tuple[int, int], deeds: list[Deed]) -> Life:
    """A session to its end, and all that is left then given back."""
    life = Life(terms, lots)
    for wait, deed in [*deeds, (0, "stop"), (0, "return")]:
        life.do(wait, deed)
    return life


def test_what_a_begun_increment_will_take_is_not_given_back() -> None:
    life = Life((300, 1_000, 2_000), (4_000, 6_000))
    assert refundable(life.state, 0) == (8_000, 1_400)
    life.do(100, "look")
    assert refundable(life.state, 100) == (8_000, 1_400)
    life.do(300, "look")
    assert refundable(life.state, 400) == (8_000, 1_200)
    life.do(600, "look")
    # The second increment begins.
    assert refundable(life.state, 1_000) == (6_000, 2_000)
    life.do(0, "pause")
    assert refundable(life.state, 1_000) == (8_000, 0)


@given(
    terms=st.tuples(st.integers(0, 150), st.integers(0, 150), st.sampled_from((1, 333, 1_000, 2_500))),
    lots=st.tuples(st.integers(1, 800), st.integers(1, 800)),
    deeds=st.lists(st.tuples(st.integers(0, 150), st.sampled_from(("return", "pause", "resume"))), max_size=6),
)
@example(terms=(134, 62, 1_000), lots=(92, 67), deeds=[(120, "return"), (57, "return")])
@example(terms=(0, 60, 1_000), lots=(10, 60), deeds=[(1, "return")])
def test_no_order_of_start_return_and_stop_is_cheaper_than_a_return_after_the_stop(
    terms: tuple[int, int, int], lots: tuple[int, int], deeds: list[Deed]
) -> None:
    minimum, _, rate = terms
    if minimum * rate > 1_000 * sum(lots):
        return
    life = lived(terms, lots, deeds)
    elapsed, rounding = life.ended[0].elapsed, 0
    if life.drained:
        # The last millisecond that was there may last into what nothing was left for, and isn't overdrawn.
        elapsed, rounding = max(0, elapsed - ceil_div(1_000, rate)), ceil_div(rate, 1_000)
    plain = lived(terms, lots, [(elapsed, "look")])
    assert life.returned <= plain.returned + rounding
