"""Ending: client ids and session tokens that expired or that the operator removes; their accounts are logged out.

These commands are in no public table: the workers send them, and what carries out instructions of the system.
"""

from collections.abc import Sequence
from typing import Final, Literal

from creditclock.commands import masters
from creditclock.commands.customers import RECOVERY_MS
from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.attendance import MASTER, attend
from creditclock.commands.instructions.masters import empty_visit
from creditclock.commands.upkeep import INTERNAL, internal
from creditclock.contract import Command, Refusal, Urgency
from creditclock.contract.tokens import Done
from creditclock.domain.rows import ClientToken, CustomerProfile, MasterProfile, Numbering, SessionToken, Visit
from creditclock.queries.source import ident
from creditclock.storage.relations import SESSION_TOKENS


class EndSession(Command[Done], frozen=True, kw_only=True):
    """End a session token, in all cases or once it has expired.

    Removed, nobody knows it any more; cut, it has expired. In scope 0, with the masters in which it works.
    """

    session: int
    how: Literal["remove", "cut"] = "remove"
    expired_by: int | None = None


class EndClient(Command[Done], frozen=True, kw_only=True):
    """Remove a client id with its session tokens, in all cases or once it has expired."""

    client: int
    expired_by: int | None = None


class RemoveFlagged(Command[Done], frozen=True, kw_only=True):
    """Remove a business that was marked for removal 30 days ago."""


END_SESSION: Final = internal("instruction.end_session", EndSession, Urgency.REST)
END_CLIENT: Final = internal("instruction.end_client", EndClient, Urgency.REST)
REMOVE_FLAGGED: Final = internal("master.remove_flagged", RemoveFlagged, Urgency.REST)
INTERNAL.update({operation.name: operation for operation in (END_SESSION, END_CLIENT, REMOVE_FLAGGED)})


@handles(EndSession)
def end_session(tx: Tx, command: EndSession) -> Done:
    """The session does nothing any more."""
    session = tx.get(SessionToken, command.session)
    if session is None or session.removed_at is not None or _is_young(session, command.expired_by):
        tx.quiet = True
        return Done()
    client = tx.get(ClientToken, session.client)
    _bring(tx, [session], client)
    _end(tx, session, client, how=command.how)
    tx.subject = ident(tx, "ist", session.id)
    return Done()


@handles(EndClient)
def end_client(tx: Tx, command: EndClient) -> Done:
    """The client id and all that it asked for do nothing any more."""
    client = tx.get(ClientToken, command.client)
    if client is None or client.removed_at is not None or _is_young(client, command.expired_by):
        tx.quiet = True
        return Done()
    sessions = tx.range(SESSION_TOKENS, client.id)
    _bring(tx, sessions, client)
    for session in sessions:
        _end(tx, session, client, how="remove")
    tx.put(client._replace(removed_at=tx.now, acquired=None, written_at=tx.now))
    tx.subject = ident(tx, "ict", client.id)
    return Done()


@handles(RemoveFlagged)
def remove_flagged(tx: Tx, _command: RemoveFlagged) -> Done:
    """The end of a business that can't be recovered any more."""
    profile = tx.get(MasterProfile, 0)
    if profile is None or profile.unlinked_at is None or tx.now < profile.unlinked_at + RECOVERY_MS:
        tx.quiet = True
        return Done()
    masters.remove(tx)
    tx.subject = ident(tx, "mas", 0)
    return Done()


def _bring(tx: Tx, sessions: Sequence[SessionToken], client: ClientToken | None) -> None:
    """Ask at once for what sessions have done in their master."""
    acquired = None if client is None else client.acquired
    if acquired is None or acquired not in tx.masters:
        return
    inner = tx.within(tx.sets[acquired])
    inner.want([(Numbering, None, "logout"), *((Visit, None, session.id) for session in sessions)])
    visits = [visit for session in sessions if (visit := inner.get(Visit, session.id))]
    inner.want([(CustomerProfile, None, int(number)) for visit in visits for number in visit.archive.split()])


def _end(tx: Tx, session: SessionToken, client: ClientToken | None, *, how: str) -> None:
    """Log out whoever a session has logged in, then remove it or let it have expired."""
    acquired = None if client is None else client.acquired
    for master in {acquired, session.active} - {None}:
        if master not in tx.masters:
            raise Refusal("busy", "The session went elsewhere meanwhile. Try again in a second.", retry_after_s=1)
    at = min(tx.now, session.valid_until)
    if acquired is not None:
        inner = tx.within(tx.sets[acquired])
        empty_visit(inner, session.id, at)
        inner.end_rights()
    if session.active is not None and session.logged_in:
        attend(tx.within(tx.sets[session.active]), "logout", MASTER, at)
    ended = session._replace(active=None, logged_in=0, written_at=tx.now, valid_until=min(tx.now, session.valid_until))
    tx.put(ended._replace(removed_at=tx.now) if how == "remove" else ended)


def _is_young(token: ClientToken | SessionToken, expired_by: int | None) -> bool:
    """Whether a token that is to have expired by an instant has not."""
    return expired_by is not None and token.valid_until > expired_by
