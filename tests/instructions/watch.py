"""Watching that what is refused changes nothing: no rows, no balances, no events."""

import json
from typing import Any

from tests.api import Json
from tests.instructions.desk import PATH, WIRES, Desk, looked_at
from tests.server import Row, Server

JSON = {"Content-Type": "application/json"}
NOTHING = object()
"""Stands for a parameter that isn't sent."""
BESIDES = {"alive", "installation", "seal"}
"""Tables that a server writes by itself."""
RICH: dict[str, Desk] = {}


def counts(server: Server) -> dict[str, int]:
    """How many rows each table has."""
    if server.path:
        names = server.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        names = server.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        str(name): int(server.rows(f'SELECT count(*) FROM "{name}"')[0][0]) for (name,) in names if name not in BESIDES
    }


def money(server: Server, master: int) -> list[Row]:
    """Every balance of a master."""
    return server.rows("SELECT id, balance FROM account WHERE master_id = ? ORDER BY id", master)


class Watch:
    """Sends what shall be refused and change nothing, and says in the end what was not so."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.wrong: list[str] = []
        self._before = self._state()

    def _state(self) -> tuple[Any, ...]:
        server, master = self.desk.server, self.desk.master
        lane = server.rows("SELECT next_event FROM lane WHERE master_id = ?", master)
        return counts(server), money(server, master), lane

    def send(self, body: Json, code: str | None = None) -> None:
        """A body that is refused."""
        self.raw(json.dumps(body), code, headers=JSON)

    def raw(self, text: str, code: str | None = None, *, headers: dict[str, str] = JSON) -> None:
        """A text that is refused, whatever it is."""
        answer = self.desk.server.nobody.send("POST", PATH, text.encode("utf-8", "surrogatepass"), headers)
        try:
            assert answer.status == 200, answer
            found = answer.json
            if found.keys() == {"failed", "error"}:
                assert found["failed"] is True, answer
            else:
                looked_at(found, code)
            assert found.get("details") not in {"unexpected", "unreachable"}, answer
        except AssertionError as error:
            self.wrong.append(f"{text[:300]}\n    {error}")

    def label(self, label: str, code: str | None = None, **given: Any) -> None:  # noqa: ANN401 - anything that JSON has
        """An instruction with bad parameters."""
        body = {**WIRES[label].named, "client_id": self.desk.client, "session_token": self.desk.session, **given}
        self.send({key: value for key, value in body.items() if value is not NOTHING}, code)

    def end(self) -> None:
        """Nothing has changed and everything was refused."""
        after = self._state()
        assert not self.wrong, f"{len(self.wrong)} not refused\n" + "\n".join(self.wrong)
        assert after == self._before


def rich_desk(server: Server) -> Desk:
    """An account with credits, minutes, records and a contact, and another one beside it; leave it as it is."""
    known = RICH.get(server.database)
    # Other tests may have moved the time past the end of its tokens.
    if known is None or any(known.send(label)["failed"] for label in ("CTokenKeepAlive", "STokenKeepAlive")):
        known = RICH[server.database] = _made(server)
    return known


def _made(server: Server) -> Desk:
    desk = Desk.under_master(server)
    desk.add("u1")
    desk.add("u2")
    desk.ok("SupplyCredits", credits=100)
    desk.ok("TransferCredits", credits=10, transfer_to="u1@ex.org")
    desk.ok("ConvertCreditsToClock", credits=20)
    desk.ok("AddContactRecord", user_name="Cat")
    desk.log_master_in()
    return desk
