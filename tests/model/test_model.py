"""A short run of random schedules on both databases; `make model` runs more."""

import pytest

from tests.model.run import Outcome, run
from tests.postgres import PostgresServer

SCHEDULES = range(1, 61)
STEPS = 40


def check(outcome: Outcome) -> None:
    assert outcome.first is None, str(outcome.first)
    assert outcome.books is None, outcome.books
    assert outcome.schedules == len(SCHEDULES)


def quiet(_: Outcome) -> None:
    pass


@pytest.mark.timeout(300)
def test_sqlite_agrees_with_the_model() -> None:
    check(run("sqlite", None, seeds=SCHEDULES, steps=STEPS, stop_early=True, tell=quiet))


@pytest.mark.timeout(300)
def test_postgres_agrees_with_the_model() -> None:
    with PostgresServer() as postgres:
        check(run("postgres", postgres.create_database(), seeds=SCHEDULES, steps=STEPS, stop_early=True, tell=quiet))
