"""A short run of the fuzzer: what the document says is what the server does, and the books are right after it."""

from creditclock.web.openapi import document
from tests.conftest import Servers
from tests.fuzz.run import Plan, chosen, fuzz
from tests.fuzz.world import ROLES, World

SECONDS = 8


def test_answers_are_as_the_document_says(servers: Servers) -> None:
    with servers.made("sqlite") as server:
        world = World(server)
        tallies = fuzz(world, document(), Plan(ROLES, chosen([]), examples=2, seconds=SECONDS, seed=1))
        server.stop()
        assert server.check() == ""
    failures = [failure for tally in tallies for failure in tally.failures]
    assert not failures, "\n\n".join(f"{failure.text}\n{failure.again}" for failure in failures)
    assert sum(tally.cases for tally in tallies) > len(ROLES)
    assert "Traceback" not in server.log
