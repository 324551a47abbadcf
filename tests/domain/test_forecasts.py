"""Forecasts: the sweep says what walking from instant to instant says, and it is quick however many lots there are."""

from random import Random
from time import process_time

import pytest

from creditclock.domain.drafts import NEVER, State
from creditclock.domain.forecasts import Forecast
from creditclock.domain.lots import burn_order
from creditclock.domain.rows import Lot, Session
from creditclock.queries.sessions import Readings
from tests.domain import examples, walked
from tests.timing import keeps

RATES = (1000, 1000, 1500, 1, 333, 999, 2500, 10_000, 7)


def a_lot(chance: Random, number: int, span: int) -> Lot:
    starts_at = chance.choice((-5, 0, 0, chance.randrange(span), chance.randrange(span)))
    life = chance.choice((None, 1, 2, chance.randrange(1, span), chance.randrange(1, span)))
    expires_at = None if life is None else max(0, starts_at) + life
    if chance.random() < 0.01:
        starts_at, expires_at = chance.choice(
            ((NEVER - 1, None), (NEVER, None), (NEVER + 9, NEVER + 10), (0, NEVER + 3), (0, NEVER - 1))
        )
    elif chance.random() < 0.03:
        expires_at = max(0, starts_at + chance.randrange(-3, 1))
    return examples.lot(
        number,
        chance.choice((1, 2, chance.randrange(1, span + 1), chance.randrange(1, 20))),
        kind=chance.choice(("paid", "promotional", "granted")),
        priority=chance.choice((0, 1, 1, 1, 2)),
        starts_at=starts_at,
        expires_at=expires_at,
    )


def a_session(chance: Random, number: int, span: int) -> Session:
    minimum = chance.choice((0, 0, 0, chance.randrange(span)))
    elapsed = chance.choice((0, chance.randrange(span)))
    state = chance.choice(("running", "running", "running", "paused"))
    row = examples.session(
        number,
        burn_rate=chance.choice(RATES),
        minimum_ms=minimum,
        increment_ms=chance.choice((0, 0, chance.randrange(1, 60))),
    )
    lease_until = chance.choice((chance.randrange(1, 2 * span), 60_000))
    return row._replace(
        state=state,
        since=-chance.randrange(3),
        elapsed=elapsed,
        lease_until=lease_until if state == "running" else None,
        pause_until=None if state == "running" else 10**6,
    )


def a_state(chance: Random) -> State:
    """Any lots and sessions on a clock that was settled at 0, many of whose instants are the same."""
    span = chance.choice((5, 20, 60, 300))
    sessions = tuple(a_session(chance, 300 + n, span) for n in range(chance.choice((0, 1, 1, 2, 4))))
    lots = burn_order(a_lot(chance, 500 + n, span) for n in range(chance.choice((0, 1, 2, 3, 8, 25))))
    state = examples.state(parallel=9)
    ahead = chance.choice((0, 0, -1, -999, -chance.randrange(1000)))
    return State(state.clock._replace(ahead=ahead), lots, sessions)


@pytest.mark.parametrize("first", range(0, 6_000, 1_500))
def test_a_sweep_says_what_a_walk_says(first: int) -> None:
    for seed in range(first, first + 1_500):
        check(seed)


def check(seed: int) -> None:
    chance = Random(seed)
    state = a_state(chance)
    at = chance.choice((0, 0, 1, 3))
    forecast = Forecast(state, at)
    assert forecast.due_at == walked.due_at(state), seed
    assert forecast.left_ms == walked.left(state, at), seed
    for session in state.sessions:
        assert forecast.max_loss(session) == walked.max_loss(state, session, at), (seed, session.id)
        assert Forecast(state, at).max_loss(session) == forecast.max_loss(session), seed


@pytest.mark.parametrize(("apart", "bound"), [(0, 0.05), (1, 0.5)])
def test_a_thousand_lots_and_many_sessions_are_foreseen_at_once(apart: int, bound: float) -> None:
    lots = [
        examples.lot(1_000 + n, 60, priority=n % 3, starts_at=1 + n * 50, expires_at=40_000 + n * 61)
        for n in range(1_000)
    ]
    rows = tuple(
        examples.session(300 + n, burn_rate=100 + n * apart, minimum_ms=n % 4 * 997)._replace(
            lease_until=86_400_000 - n
        )
        for n in range(31)
    )
    state = State(examples.clock(parallel=31), burn_order([examples.lot(ms=5_000), *lots]), rows)
    read = Readings(state, 0)
    losses = [read.max_loss(session) for session in rows]

    def spent() -> float:
        begin = process_time()
        again = Readings(state, 0)
        assert [again.max_loss(session) for session in rows] == losses
        return process_time() - begin

    keeps(bound, spent)
    assert read.due_at == walked.due_at(state)
    assert losses[::10] == [walked.max_loss(state, session, 0) for session in rows[::10]]


if __name__ == "__main__":
    import sys

    for seed in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
        check(seed)
