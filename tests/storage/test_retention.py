"""What may go is found exactly: no event that somebody is still to be told, no delivery that is on its way."""

from contextlib import closing

from creditclock.storage.database import Database
from creditclock.storage.dialect import Connection
from creditclock.storage.portions import DAY_MS, Portion, Terms
from creditclock.storage.retention import EVERYWHERE, OF_MASTER, horizon
from tests.conftest import Servers
from tests.server import Server

TERMS = Terms(100 * DAY_MS, 30 * DAY_MS)
OLD, YOUNG = 70 * DAY_MS, 70 * DAY_MS + 1
KINDS = {kind.name: kind for kind in (*EVERYWHERE, *OF_MASTER)}
MASTER = 7
LANE = "INSERT INTO lane VALUES (?, 0, 0, 100, 1, 1, 0, NULL, 0, 0, NULL)"
EVENT = "INSERT INTO event VALUES (?, ?, ?, 'wallet.changed', 'wal_x', '{}', NULL)"
WEBHOOK = "INSERT INTO webhook VALUES (?, ?, 'https://x', '', ?, ?, 1, 'salt', NULL, NULL, NULL, ?, NULL, 0, 0, ?, 1)"
DELIVERY = "INSERT INTO delivery VALUES (?, ?, ?, 'wal_x', ?, 1, ?, ?, ?, 200, NULL)"


def remove(connection: Connection, name: str, rows: int = 100) -> list[Portion]:
    """Remove all of a kind that is due; gives the portions."""
    found: list[Portion] = []
    while portion := KINDS[name].due(connection, MASTER, TERMS, rows):
        found.append(portion)
        connection.begin()
        KINDS[name].remove(connection, MASTER, TERMS, portion)
        connection.commit()
    return found


def events(server: Server) -> list[int]:
    return [row[0] for row in server.rows("SELECT no FROM event WHERE master_id = ? ORDER BY no", MASTER)]


def test_events_go_in_portions_up_to_the_first_that_is_needed(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    server.change((LANE, (MASTER,)), *((EVENT, (MASTER, no, OLD)) for no in range(1, 10)), (EVENT, (MASTER, 10, YOUNG)))
    server.change((WEBHOOK, (MASTER, 200, "enabled", None, 6, None)))
    server.change((WEBHOOK, (MASTER, 201, "disabled", "off", 1, None)), (WEBHOOK, (MASTER, 202, "enabled", None, 2, 5)))
    server.change((DELIVERY, (MASTER, 201, 3, "pending", 9, 9, 9)))
    database = Database(server.database)
    with closing(database.connect()) as connection:
        assert [portion.rows for portion in remove(connection, "events", 2)] == [2, 2, 1]
        assert events(server) == [3, 7, 8, 9, 10]
        assert horizon(connection, MASTER) == 6
        server.change(("UPDATE webhook SET position = 10 WHERE id = 200", ()))
        remove(connection, "events")
        assert events(server) == [3, 10]
        assert horizon(connection, MASTER) == 9
    database.close()


def test_finished_deliveries_and_removed_webhooks_go(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    server.change((LANE, (MASTER,)), *((EVENT, (MASTER, no, YOUNG)) for no in range(1, 7)))
    server.change((WEBHOOK, (MASTER, 200, "enabled", None, 6, None)), (WEBHOOK, (MASTER, 201, "enabled", None, 6, OLD)))
    server.change(
        (DELIVERY, (MASTER, 200, 1, "delivered", None, OLD, OLD)),
        (DELIVERY, (MASTER, 200, 2, "failed", None, OLD, OLD)),
        (DELIVERY, (MASTER, 200, 3, "pending", OLD, OLD, OLD)),
        (DELIVERY, (MASTER, 200, 4, "delivered", None, OLD, YOUNG)),
        *((DELIVERY, (MASTER, 201, no, "pending", OLD, OLD, OLD)) for no in range(1, 6)),
    )
    database = Database(server.database)
    with closing(database.connect()) as connection:
        assert len(remove(connection, "deliveries", 1)) in {1, 2}
        assert len(remove(connection, "webhooks", 2)) == 4
    database.close()
    left = server.rows("SELECT webhook, event FROM delivery WHERE master_id = ? ORDER BY event", MASTER)
    assert left == [(200, 3), (200, 4)]
    assert server.rows("SELECT id FROM webhook WHERE master_id = ?", MASTER) == [(200,)]
