"""Whoever guesses passwords waits longer and longer; on a server of its own, for all tests come from one address."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Servers
from tests.server import PASSWORD, Server
from tests.timing import succeeds


@pytest.fixture
def alone(servers: Servers) -> Server:
    """A server that no other test signs in at."""
    return servers.kept("sqlite", test_clock=True)


def guess(server: Server, login: str, password: str, master: str) -> int:
    body = {"login": login, "password": password, "master": master}
    return server.nobody.post("/v1/sign-in", body).status


def test_guesses_are_slowed_down_by_login(alone: Server) -> None:
    shop = alone.shop

    def are_slowed_down() -> bool:
        """The first wait is a second long: where somebody stands still for it, it is over."""
        victim, other = shop.customer(password=PASSWORD), shop.customer(password=PASSWORD)
        statuses = [guess(alone, victim.login, "a wrong one", shop.id) for _ in range(6)]
        assert statuses[:5] == [401] * 5
        body = {"login": victim.login, "password": PASSWORD, "master": shop.id}
        answer = alone.nobody.post("/v1/sign-in", body)
        if (statuses[5], answer.status) != (429, 429):
            return False
        problem = answer.refused(429, "too_many_requests")
        assert 1 <= int(answer.headers["retry-after"]) == problem["retry_after_s"] <= 60
        assert guess(alone, other.login, PASSWORD, shop.id) == 200
        return True

    succeeds(are_slowed_down)


def test_guesses_at_the_same_time_are_slowed_down_too(alone: Server) -> None:
    shop = alone.shop
    victim = shop.customer(password=PASSWORD)
    with ThreadPoolExecutor(24) as threads:
        sent = [threads.submit(guess, alone, victim.login, f"guess {n}", shop.id) for n in range(24)]
    statuses = [future.result() for future in sent]
    assert statuses.count(401) <= 6
    assert set(statuses) <= {401, 429}
