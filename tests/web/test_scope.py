"""No statement on a business's rows runs without the business (design section 3.5): read from what the server runs."""

from pathlib import Path

import pytest

from creditclock.contract.values import master_of
from tests.conftest import KINDS, Servers
from tests.fuzz.world import World
from tests.receiver import eventually
from tests.sse import Follower
from tests.web.place import Place
from tests.web.statements import logged, masters_of, recorded, shape_of, tables_of
from tests.web.tour import Tour

SWEEPS = {
    "FROM clock WHERE clock.check_at": "a worker finds the clocks at which something happens",
    "FROM clock WHERE clock.low_at": "a worker finds the clocks that are low",
    "FROM session JOIN lane ON": "a worker finds the sessions that a freeze ended",
    "FROM master JOIN plan ON": "a worker finds the businesses whose plan has changed",
    "FROM customer WHERE customer.removed_at <=": "a worker erases customers whose 30 days are over",
    "FROM master_profile WHERE master_profile.unlinked_at": "a worker removes businesses that were marked 30 days ago",
    "FROM customer JOIN lane ON": "a worker erases the customers of businesses that were removed",
    "FROM erasure WHERE erasure.done_at IS NULL": "a worker goes on to forget those who were erased",
    "FROM webhook WHERE webhook.state": "the relay looks whether anybody is to be told",
    "FROM webhook JOIN lane ON": "the relay finds the webhooks that are to be told",
    "FROM webhook WHERE webhook.removed_at IS NULL GROUP BY": "/metrics counts webhooks",
    "FROM (SELECT delivery.master_id": "/metrics counts what is on its way",
    "FROM master JOIN lane ON": "the operator lists the businesses",
}
"""The statements across businesses, by a part that tells them, and who needs them. They give numbers and names of rows:
what is done about them is bound again."""

PASSED = b"\ncreditclock_retention_passed_timestamp_seconds "
"""What the metrics say, beside what they mean, once a server went through all businesses."""
SEALING = ("FROM seal ", "INTO seal ", "journal.no > ", "posting.id > ")
"""What the worker says that seals the journal of one business after the other."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", KINDS)
def test_every_statement_is_bound_to_the_callers_business(
    servers: Servers, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, path = recorded(servers, kind, monkeypatch, tmp_path)
    with server:
        place, world = Place(server), World(server)
        # It goes through all businesses once, some seconds after the start.
        eventually(lambda: PASSED in server.nobody.get("/metrics").body, 60)
        assert all(world.caller(role) for role in ("owner", "operator", "publishable"))
        shop, victim = master_of(world.shop.id), master_of(world.victim.id)
        for who, roles, ours in (
            ("business", ("owner", "customer"), {0, shop}),
            ("operator", ("operator",), {0, shop, victim}),
        ):
            newest = server.rows("SELECT max(master_id) FROM lane")[0][0]
            begin = path.stat().st_size
            go_round(Tour(place, world), world, roles)
            with path.open("rb") as file:
                file.seek(begin)
                text = file.read().decode(errors="replace")
            statements = list(logged(text)) if kind == "postgresql" else text.splitlines()
            found = [statement for statement in statements if tables_of(statement)]
            assert len(found) > 200, who
            # Whoever makes a business works in it.
            found = [statement for statement in found if not any(part in statement for part in SEALING)]
            strays = [s for s in found if {m for m in masters_of(s) or () if m <= newest} - ours]
            assert not strays, who
            unbound = {shape_of(statement) for statement in found if masters_of(statement) is None}
            assert not [shape for shape in unbound if not any(part in shape for part in SWEEPS)], who


def go_round(tour: Tour, world: World, roles: tuple[str, ...]) -> None:
    """Everything that can be done, once; and events are followed."""
    for operation, _, answer in tour.carry_out(roles):
        assert answer.status < 500, (operation.name, answer)
    for operation, answer in tour.be_refused(roles[0]) if "owner" in roles else ():
        assert answer.status < 500, (operation.name, answer)
    with Follower(world.caller(roles[0]), world.server.port):
        pass


@pytest.mark.parametrize(
    ("statement", "masters"),
    [
        ("SELECT * FROM wallet WHERE wallet.id = 5", None),
        ("SELECT * FROM wallet WHERE wallet.master_id = 7 AND wallet.id = 5", {7}),
        ("SELECT * FROM wallet WHERE wallet.id = 5 AND wallet.customer = 'wallet.master_id = 7'", None),
        ("SELECT * FROM posting JOIN lot ON lot.id = posting.lot WHERE posting.master_id = 7", None),
        ("SELECT * FROM posting JOIN lot ON lot.master_id = posting.master_id WHERE posting.master_id = '7'", {7}),
        ("SELECT * FROM clock WHERE clock.master_id = 7 AND clock.id IN (SELECT session.clock FROM session)", None),
        ("SELECT lane.rights FROM lane WHERE lane.master_id IN (7, 8)", {7, 8}),
        ("INSERT INTO note (master_id, id, text) VALUES (7, 1, '(8, 1'), (9, 1, 'x')", {7, 9}),
        ("SELECT t.id FROM json_each('[[7,100],[8,100]]') AS k CROSS JOIN wallet AS t ON t.master_id = 1", {7, 8}),
        ("SELECT * FROM unnest('{7,7}'::bigint[]) AS k (master_id) JOIN wallet AS t ON true", {7}),
        ("SELECT * FROM lane WHERE master_id = ANY('{0,7}') ORDER BY master_id", {0, 7}),
        ("SELECT l.* FROM json_each('[7,8]') AS k CROSS JOIN lane AS l ON l.master_id = k.value", {7, 8}),
        ("SELECT t.at FROM json_each('[[7],[8]]') AS k CROSS JOIN lane AS t ON t.master_id = 1", {7, 8}),
        ("UPDATE wallet SET customer = 5 WHERE master_id = 7", {7}),
        ("DELETE FROM stored WHERE stored.created_at < 5", None),
    ],
)
def test_what_a_statement_is_bound_to_is_read_rightly(statement: str, masters: set[int] | None) -> None:
    assert tables_of(statement)
    assert masters_of(statement) == masters
