"""Visitors: whose client id and session token a request carries, remembered for a moment (design section 7)."""

import secrets
import time
from typing import Final, NamedTuple

from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import ClientToken, SessionToken, SignInName
from creditclock.storage.dialect import Connection
from creditclock.storage.relations import CLIENT_TOKEN, SESSION_TOKEN
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.secrets import digest
from creditclock.web.server import Server

REMEMBER_S: Final = 1.0
"""How long tokens are known without asking the database again; the lane checks exactly."""
MOST: Final = 20_000
FOR_TOKENS: Final = "instruction token"
"""What the labels of client ids and session tokens are derived for."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
LENGTH: Final = 20
"""How many letters and digits of a label can't be guessed: 119 bits."""


class Visitor(NamedTuple):
    """Whose a client id and a session token are, as far as they are known; `rights` are those of the acquired master.

    Tokens that have expired are here too: what needs them refuses them.
    """

    client: ClientToken | None
    session: SessionToken | None
    rights: int

    def works(self, now: int) -> bool:
        """Whether both tokens are there, belong together and are still to be used."""
        client, session = self.client, self.session
        if client is None or session is None or session.client != client.id:
            return False
        return client.removed_at is None and session.removed_at is None and now < self.until

    @property
    def until(self) -> int:
        """When the first of the two expires."""
        assert self.client is not None
        assert self.session is not None
        return min(self.client.valid_until, self.session.valid_until)

    def caller(self, master: int) -> Caller:
        """The visitor as one who calls in a master: what the lane checks again."""
        client, session = self.client, self.session
        inside = master != 0 and client is not None and session is not None
        return Caller(
            master=master,
            kind="instruction",
            id=session.id if session else 0,
            role="customer",
            scopes=frozenset(),
            name=identify("ict", 0, client.id if client else 0),
            rights=self.rights if inside else -1,
            token=client.id if client else 0,
            until=self.until if inside else None,
        )


class Visitors:
    """The visitors that came lately, by what they sent."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[tuple[str, str], tuple[Visitor, float]] = {}

    async def find(self, client: str, session: str, *, fresh: bool = False) -> Visitor:
        """Whose a client id and a session token are; either may be empty."""
        key = (client, session)
        known = None if fresh else self._known.get(key)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        server = self._server
        if server.database.path is None:
            found = await server.in_thread(lambda: self._look_up(client, session))
        else:
            found = self._look_up(client, session)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (found, time.monotonic() + REMEMBER_S)
        return found

    def forget(self) -> None:
        """Look everybody up anew: tokens have changed."""
        self._known.clear()

    async def master_named(self, mail: str) -> tuple[int, int] | None:
        """The number of the master with an e-mail, and that of its owner; None for one that is gone."""

        def look() -> tuple[int, int] | None:
            with self._server.database.reading() as connection:
                found = _zero(connection).get(SignInName, mail)
                if found is None or found.freed_at is not None or not found.of_master:
                    return None
                lane = lane_of(connection, found.of_master)
                return (found.of_master, found.staff) if lane and lane.removed_at is None else None

        return await self._server.in_thread(look)

    def _look_up(self, client: str, session: str) -> Visitor:
        with self._server.database.reading() as connection:
            zero = _zero(connection)
            clients: list[ClientToken] = zero.range(CLIENT_TOKEN, digest(client)) if client else []
            sessions: list[SessionToken] = zero.range(SESSION_TOKEN, digest(session)) if session else []
            found = clients[0] if clients else None
            lane = lane_of(connection, found.acquired) if found and found.acquired else None
        return Visitor(found, sessions[0] if sessions else None, lane.rights if lane else -1)


def _zero(connection: Connection) -> Snapshot:
    lane = lane_of(connection, 0)
    assert lane is not None
    return Snapshot(connection, lane, 0, ())


def new_label(server: Server, prefix: str, now: int) -> dict[str, str]:
    """The material of a new client id or session token: its label and what gives it again."""
    key = server.keys.newest()
    salt = f"{secrets.token_hex(16)}.{now}"
    label = label_of(server, prefix, key, salt)
    return {"label": label, "digest": digest(label), "key": str(key), "salt": salt}


def label_of(server: Server, prefix: str, key: int, salt: str) -> str:
    """The label of a token: `ewsm-uid:…:1795163522.28`, as its clients know it."""
    number = int.from_bytes(server.keys.derived(key, FOR_TOKENS, salt), "big")
    letters: list[str] = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    at = int(salt.rpartition(".")[2])
    return f"{prefix}:{''.join(letters)}:{at / 1_000:.2f}"
