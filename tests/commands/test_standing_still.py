"""A process that stood still, as on a machine that slept: nobody is thrown out for what they couldn't renew."""

import os
import signal
import time

import pytest

from creditclock.contract.instants import parsed
from tests.api import Json
from tests.conftest import KINDS, Servers

LEASE_MS = 5_000


@pytest.mark.parametrize("part", ["lane", "web"])
def test_lease_that_ended_while_a_process_stood_still_is_extended(servers: Servers, part: str) -> None:
    """Neither the process that writes nor the one that answers; then nobody could renew."""
    shops = [servers.kept(kind, test_clock=False).shop for kind in KINDS]
    sessions: list[Json] = [shop.start(shop.customer(ms=3_600_000).clock, lease_ms=LEASE_MS) for shop in shops]
    processes = [shop.server.writer if part == "lane" else shop.server.pid for shop in shops]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        last = max(parsed(session["lease_until"]) for session in sessions)
        time.sleep(max(0.0, last / 1_000 + 0.2 - time.time()))
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
    for shop, session in zip(shops, sessions, strict=True):
        renewed = shop.act("renew", session)
        assert renewed["state"] == "running"
        until = shop.server.rows("SELECT max(until_at) FROM outage")[0][0]
        assert until > parsed(session["lease_until"])
        shop.act("stop", renewed)
