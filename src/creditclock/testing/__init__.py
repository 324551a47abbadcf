"""A pytest plugin: a creditclock server inside the tests, whose time moves only when they say so.

It comes with the package. In a project that turns plugins off: `pytest_plugins = ["creditclock.testing"]`.
The server needs the extra: `pip install creditclock[server]`.

    def test_work_ends_with_the_time(creditclock):
        customer = creditclock.customer(time=timedelta(minutes=5))
        with pytest.raises(OutOfTime), customer.clock.session() as session:
            creditclock.advance(timedelta(minutes=5))
            session.check()

PYTEST_DONT_REWRITE: it may be imported for its types before it is named as a plugin.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from creditclock.testing.template import Template
    from creditclock.testing.world import Business, Creditclock, Customer

__all__ = ["Business", "Creditclock", "Customer"]


@pytest.fixture(scope="session")
def creditclock_template(tmp_path_factory: pytest.TempPathFactory) -> "Template":
    """A database with an operator and a business, made once and copied for each server."""
    try:
        from creditclock.testing.template import made  # noqa: PLC0415 - the server is loaded when it is needed
    except ModuleNotFoundError as error:
        pytest.fail(f"The server isn't installed ({error}). Run: pip install 'creditclock[server]'", pytrace=False)
    return made(tmp_path_factory.mktemp("creditclock"))


@pytest.fixture
def creditclock(creditclock_template: "Template", tmp_path: Path) -> "Iterator[Creditclock]":
    """A server of the test's own, with an operator and a business, on a clock that stands still until `advance`."""
    from creditclock.testing.world import opened  # noqa: PLC0415 - as above

    with opened(creditclock_template, tmp_path / "creditclock") as found:
        yield found


@pytest.fixture(scope="session")
def creditclock_session(
    creditclock_template: "Template", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Creditclock]":
    """One server for all tests that ask for it: take a customer, or a business, of your own on it."""
    from creditclock.testing.world import opened  # noqa: PLC0415 - as above

    with opened(creditclock_template, tmp_path_factory.mktemp("creditclock") / "data") as found:
        yield found


def __getattr__(name: str) -> object:
    """The types of what the fixtures give, for annotations; loaded when they are asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from creditclock.testing import world  # noqa: PLC0415 - as above

    return getattr(world, name)
