"""A few blows of each sort as a part of the tests; `make crash` strikes more often."""

import pytest

from tests.crash.__main__ import trial_on
from tests.crash.trial import run

BLOWS = {
    "sqlite": ["kill -9 of all", "disk fails", "kill -9 of the lane"],
    "postgresql": ["kill -9 after the first byte", "connections ended", "backend killed"],
}


@pytest.mark.timeout(600)
def test_no_promise_is_broken(kind: str) -> None:
    with trial_on(kind, seed=7) as trial:
        run(trial, BLOWS[kind], len(BLOWS[kind]), 0.5, print)
        assert trial.deeds > 0
