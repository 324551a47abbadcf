"""Runs: what happens to many lots at once is what happens to them instant by instant."""

from random import Random
from time import process_time

import pytest

from creditclock.domain import clocks, runs
from creditclock.domain.clocks import catch_up
from creditclock.domain.drafts import Draft, Effects, State
from creditclock.domain.lots import burn_order
from creditclock.domain.sessions import start
from tests.domain import examples
from tests.domain.test_forecasts import a_state
from tests.timing import keeps


def one_by_one(_: Draft, until: int) -> None:
    """Nothing is done ahead."""


def compare(seed: int, patch: pytest.MonkeyPatch) -> Effects:
    chance = Random(seed)
    state = a_state(chance)
    state = state._replace(clock=state.clock._replace(check_at=0, rest=chance.randrange(1000)))
    now = chance.choice((1, 5, 20, 100, 700, 10**6))
    over = chance.random() < 0.5
    with patch.context() as fewer:
        fewer.setattr(runs, "FEW", chance.choice((0, 0, 3)))
        run = catch_up(state, now, over=over)
    with patch.context() as plain:
        plain.setattr(clocks, "run_lots", one_by_one)
        assert catch_up(state, now, over=over) == run, seed
    return run


@pytest.mark.parametrize("first", range(0, 6_000, 1_500))
def test_a_run_does_what_happens_instant_by_instant(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = {row.reason for seed in range(first, first + 1_500) for row in compare(seed, monkeypatch).ended}
    assert reasons == {"empty", "expired", "lease_lapsed", "pause_limit"}


@pytest.mark.parametrize("rate", [None, 1_000, 1_500])
@pytest.mark.parametrize("apart", [False, True])
def test_a_thousand_lots_that_expired_are_caught_up_with_at_once(rate: int | None, apart: bool) -> None:  # noqa: FBT001
    lots = [
        examples.lot(1_000 + n, 60, starts_at=1 + n * 40 if apart else 0, expires_at=41 + n * 40) for n in range(1_000)
    ]
    state = State(examples.clock(check_at=1), burn_order([examples.lot(ms=50), *lots]), ())
    if rate:
        state = start(state, examples.session(burn_rate=rate, lease_ms=86_400_000), 0).state

    def spent() -> float:
        begin = process_time()
        effects = catch_up(state, 1_000_000)
        assert len(effects.moves) >= 1_000
        return process_time() - begin

    keeps(0.5, spent)


if __name__ == "__main__":
    import sys

    for number in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
        compare(number, pytest.MonkeyPatch())
