"""One business per server for all tests of the web that only look, or are refused."""

import pytest

from tests.server import Server
from tests.web.place import Place


@pytest.fixture(scope="session")
def places() -> dict[Server, Place]:
    return {}


@pytest.fixture
def place(server: Server, places: dict[Server, Place]) -> Place:
    if server not in places:
        places[server] = Place(server)
    return places[server]
