"""Cleaning: masters, sessions and tokens ended one by one through the lane, a thousand in a run at most."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from creditclock.commands.customers import RECOVERY_MS
from creditclock.commands.instructions.ending import END_CLIENT, END_SESSION, EndClient, EndSession
from creditclock.commands.instructions.tokens import CLIENT, SESSION, WORKER
from creditclock.commands.job import Job
from creditclock.commands.upkeep import ERASE_CUSTOMER, EraseCustomer
from creditclock.contract import OPERATIONS, Refusal
from creditclock.contract.instructions.system import MOST
from creditclock.contract.masters import RemoveMaster
from creditclock.contract.values import identify
from creditclock.domain.access import Caller, system
from creditclock.domain.rows import ClientToken, SessionToken
from creditclock.storage import due
from creditclock.storage import instructions as stored
from creditclock.storage.dialect import Connection
from creditclock.storage.instructions import Ending
from creditclock.storage.relations import CLIENT_TOKEN, SESSION_TOKEN, Range
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.instructions.naming import LAST_MASTER
from creditclock.web.instructions.visitors import label_of
from creditclock.web.secrets import digest
from creditclock.web.server import Server

T = TypeVar("T")
Answer = dict[str, Any]
AT_ONCE: Final = 32
"""So many commands are sent through the lane together."""
_NOTHING: Final[Answer] = {
    "failed": True,
    "warning": "Nothing is there to be cleaned.",
    "level": "system",
    "details": "nothing_to_clean",
}


class Cleaner:
    """Ends things in the name of a caller; what is gone meanwhile counts as a failure."""

    def __init__(self, server: Server, caller: Caller) -> None:
        self._server = server
        self._name = caller.name

    async def masters(self, numbers: Sequence[int]) -> Answer:
        """Remove businesses for ever, and erase their customers; the workers go on with what is beyond a thousand."""
        if not numbers:
            return _NOTHING
        removal = OPERATIONS["master.remove"]
        jobs = [
            self._job(removal, RemoveMaster(master=identify("mas", number, 0)), (number, 0))
            for number in numbers
            if 0 < number <= LAST_MASTER
        ]
        done = await self._carry_out(jobs)
        removed = [job.masters[0] for job, is_done in zip(jobs, done, strict=True) if is_done]
        accounts = await self._accounts_of(removed)
        return {
            "masters_cleaned": len(removed),
            "subordonates_cleaned": len(accounts),
            "cleanup_failures": len(numbers) - len(removed),
            "masters": removed,
            "subordonates": accounts,
            "cleanup_count": len(removed) + len(accounts),
        }

    async def _accounts_of(self, masters: Sequence[int]) -> list[int]:
        """Erase the customers of removed businesses, up to a thousand; gives the numbers that clients knew."""
        erased: list[int] = []
        left = MOST
        for master in masters:
            found = await self._read(lambda connection, master=master, left=left: _left(connection, master, left))
            jobs = [self._job(ERASE_CUSTOMER, EraseCustomer(customer=number), (master,)) for number, _ in found]
            done = await self._carry_out(jobs)
            erased += [no for (_, no), is_done in zip(found, done, strict=True) if is_done and no is not None]
            left -= len(found)
            if left <= 0:
                break
        return erased

    async def flagged(self) -> list[int]:
        """The businesses that were marked for removal 30 days ago or earlier."""
        before = self._server.time.now() - RECOVERY_MS
        return [number for number, _ in await self._read(lambda found: due.flagged_masters(found, before, MOST))]

    async def accounts(self) -> None:
        """Erase the customers that were removed 30 days ago or earlier."""
        before = self._server.time.now() - RECOVERY_MS
        found = await self._read(lambda connection: due.erasable_customers(connection, before, MOST))
        await self._carry_out(
            [self._job(ERASE_CUSTOMER, EraseCustomer(customer=number), (master,)) for master, number in found]
        )

    async def session_numbered(self, number: int) -> Ending:
        """The session of a number. Raises a Refusal `not_found`."""
        return _first(await self._read(lambda connection: stored.sessions_by(connection, "no", [number])))

    async def session_labelled(self, label: str | None) -> Ending:
        """The session of a session token. Raises a Refusal `not_found` or `invalid`."""
        found: list[SessionToken] = await self._labelled(SESSION_TOKEN, label, "session_token")
        if not found or found[0].removed_at is not None:
            raise no_session()
        return _first(await self._read(lambda connection: stored.sessions_by(connection, "id", [found[0].id])))

    async def client_labelled(self, label: str | None) -> ClientToken:
        """A client id by its label. Raises a Refusal `not_found` or `invalid`."""
        found: list[ClientToken] = await self._labelled(CLIENT_TOKEN, label, "client_id")
        if not found or found[0].removed_at is not None:
            raise Refusal("not_found", "There is no such client id. Check it.")
        return found[0]

    async def _labelled(self, span: Range, label: str | None, name: str) -> list[Any]:
        if not label:
            raise Refusal("invalid", f"This instruction needs `{name}`. Say it.", field=name)

        def look(connection: Connection) -> list[Any]:
            lane = lane_of(connection, 0)
            assert lane is not None
            return Snapshot(connection, lane, 0, ()).range(span, digest(label))

        return await self._read(look)

    async def sessions_of(self, clients: Sequence[int]) -> list[Ending]:
        """The sessions of some client ids."""
        return await self._read(lambda connection: stored.sessions_by(connection, "client", clients))

    async def expired_sessions(self) -> Answer:
        """Remove the sessions that have expired."""
        now = self._server.time.now()
        found = await self._read(lambda connection: stored.expired_sessions(connection, now, MOST))
        return await self.sessions(found, expired_by=now)

    async def expired_clients(self) -> Answer:
        """Remove the client ids that have expired, with their sessions."""
        now = self._server.time.now()
        found = await self._read(lambda connection: stored.expired_clients(connection, now, MOST))
        return await self.clients(found, expired_by=now)

    async def sessions(self, found: Sequence[Ending], *, expired_by: int | None = None) -> Answer:
        """Remove sessions with their tokens."""
        if not found:
            return _NOTHING
        ended = await self._end(found, EndSession(session=0, expired_by=expired_by))
        return {"cleanup_failures": len(found) - len(ended)} | self._told(ended)

    async def cut(self, found: Sequence[Ending]) -> Answer:
        """Let sessions have expired at once."""
        if not found:
            return _NOTHING | {"warning": "No session is linked."}
        ended = await self._end(found, EndSession(session=0, how="cut"))
        return {"worker": WORKER, "maps_removed": len(ended), "sessions": [ending.session.no for ending in ended]}

    async def clients(self, found: Sequence[ClientToken], *, expired_by: int | None = None) -> Answer:
        """Remove client ids with their sessions."""
        if not found:
            return _NOTHING
        sessions = await self.sessions_of([client.id for client in found])
        masters = {client.id: {client.acquired} - {None} for client in found}
        for ending in sessions:
            masters[ending.session.client] |= {ending.session.active} - {None}
        jobs = [
            self._job(END_CLIENT, EndClient(client=client.id, expired_by=expired_by), (0, *_sorted(masters[client.id])))
            for client in found
        ]
        done = await self._carry_out(jobs)
        ended = [client for client, is_done in zip(found, done, strict=True) if is_done]
        gone = {client.id for client in ended}
        told = self._told([ending for ending in sessions if ending.session.client in gone])
        labels = [label_of(self._server, CLIENT, client.key, client.salt) for client in ended]
        failures = {"cleanup_failures": len(found) - len(ended)}
        return failures | told | {"ctokens_cleaned": len(ended), "ctokens": labels}

    async def _end(self, found: Sequence[Ending], how: EndSession) -> list[Ending]:
        jobs = [
            self._job(
                END_SESSION,
                EndSession(session=ending.session.id, how=how.how, expired_by=how.expired_by),
                ending.masters,
            )
            for ending in found
        ]
        done = await self._carry_out(jobs)
        return [ending for ending, is_done in zip(found, done, strict=True) if is_done]

    def _told(self, ended: Sequence[Ending]) -> Answer:
        """What is answered of sessions that were removed; they were all on the one worker."""
        tokens = [ending.session for ending in ended]
        labels = [label_of(self._server, SESSION, token.key, token.salt) for token in tokens]
        return {
            "sessions_cleaned": len(tokens),
            "worker_count": int(bool(tokens)),
            "workers": [WORKER] if tokens else [],
            "sessions": [token.no for token in tokens],
            "stokens_cleaned": len(tokens),
            "stokens": labels,
        }

    def _job(self, operation: Any, command: Any, masters: tuple[int, ...]) -> Job:  # noqa: ANN401 - a command
        return Job(operation, command, system(masters[0])._replace(name=self._name), masters, self._server)

    async def _carry_out(self, jobs: Sequence[Job]) -> list[bool]:
        """Send jobs through the lane, some at a time; gives which of them were carried out."""
        done: list[bool] = []
        for first in range(0, len(jobs), AT_ONCE):
            done += await asyncio.gather(*map(self._sent, jobs[first : first + AT_ONCE]))
        return done

    async def _sent(self, job: Job) -> bool:
        try:
            outcome = await self._server.carry_out(job)
        except Refusal:
            return False
        return outcome.refusal is None and outcome.body is not None

    async def _read(self, look: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self._server.database.reading() as connection:
                return look(connection)

        return await self._server.in_thread(read)


def as_sessions(answer: Answer) -> Answer:
    """The answer about sessions that were swept, in the words of that instruction."""
    if answer.get("failed"):
        return answer
    labels = answer["stokens"]
    kept = ("sessions_cleaned", "cleanup_failures", "worker_count", "workers")
    swept = {name: answer[name] for name in kept}
    return swept | {"orphaned_stokens": labels, "stoken_count": len(labels), "stokens_cleaned": labels}


def no_session() -> Refusal:
    """The refusal for a session that isn't there."""
    return Refusal("not_found", "There is no such session. Check its number or token.")


def _first(found: Sequence[Ending]) -> Ending:
    if not found:
        raise no_session()
    return found[0]


def _left(connection: Connection, master: int, limit: int) -> list[tuple[int, int | None]]:
    lane = lane_of(connection, master)
    return [] if lane is None else stored.customers_left(Snapshot(connection, lane, 0, ()), limit)


def _sorted(numbers: set[int | None]) -> list[int]:
    return sorted(number for number in numbers if number is not None)
