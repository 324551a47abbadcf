"""Tokens of the instruction set: client ids and session tokens, kept in the database (scope 0)."""

from typing import Any, Final

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.handling import Answer, Tokens, inside, instructs, tokens_of, works
from creditclock.commands.instructions.numbers import next_no
from creditclock.contract import Refusal
from creditclock.contract.instructions.tokens import (
    CheckCTokenLinked,
    CheckCTokenSession,
    CheckCTokenStatus,
    CheckCTokenValid,
    CheckSTokenLinked,
    CheckSTokenSession,
    CheckSTokenStatus,
    CheckSTokenValid,
    CTokenKeepAlive,
    RequestClientID,
    RequestSessionToken,
    STokenKeepAlive,
)
from creditclock.contract.instructions.wording import MINUTE_MS, date
from creditclock.domain.rows import ClientToken, Master, SessionToken, Staff
from creditclock.queries.source import sure
from creditclock.storage.relations import SESSION_TOKENS

VALID_MINUTES: Final = 30
VALID_MS: Final = VALID_MINUTES * MINUTE_MS
"""How long a token works without a keep-alive."""
CLIENT: Final = "ewsm-uid"
SESSION: Final = "ewsm-st"
"""What the labels of client ids and session tokens begin with."""
WORKER: Final = 1
"""Old clients are told of a worker that holds their session; here it is the lane."""


@instructs(RequestClientID)
def request_client_id(tx: Tx, _command: RequestClientID) -> Answer:
    """A client id; its label was made before, and only its digest and salt are kept."""
    made = tx.material
    tx.put(
        ClientToken(
            master=tx.master,
            id=tx.new_id(),
            digest=made["digest"],
            key=int(made["key"]),
            salt=made["salt"],
            created_at=tx.now,
            written_at=tx.now,
            valid_until=tx.now + VALID_MS,
            acquired=None,
            removed_at=None,
        )
    )
    tx.quiet = True
    return {"failed": False, "client_id": made["label"]}


@instructs(RequestSessionToken)
def request_session_token(tx: Tx, _command: RequestSessionToken) -> Answer:
    """One more session token of a client; the earlier ones work on until they expire."""
    client = tokens_of(tx).client
    alive = _alive(tx, client)
    if len(alive) >= SESSION_TOKENS.limit:
        raise Refusal("too_many", f"This client has {len(alive)} session tokens. Let some expire first.")
    made = tx.material
    token = SessionToken(
        master=tx.master,
        id=tx.new_id(),
        no=next_no(tx, "session"),
        digest=made["digest"],
        key=int(made["key"]),
        salt=made["salt"],
        client=client.id,
        created_at=tx.now,
        written_at=tx.now,
        valid_until=tx.now + VALID_MS,
        active=None,
        logged_in=0,
        removed_at=None,
    )
    tx.put(token)
    tx.put(client._replace(written_at=tx.now))
    return {"failed": False, "session_token": made["label"]}


@instructs(CTokenKeepAlive)
def keep_client(tokens: Tokens, _command: CTokenKeepAlive) -> Answer:
    """The client id works for 30 minutes from now."""
    tx = tokens.tx
    client = tokens.client._replace(valid_until=tx.now + VALID_MS, written_at=tx.now)
    tx.put(client)
    return {
        "failed": False,
        "ctoken": label(client),
        "extended": VALID_MINUTES,
        "time_unit": "minutes",
        "ctoken_data": ctoken_data(tx, client),
    }


@instructs(STokenKeepAlive)
def keep_session(tokens: Tokens, _command: STokenKeepAlive) -> Answer:
    """The session token works for 30 minutes from now."""
    tx = tokens.tx
    assert tokens.session is not None
    session = tokens.session._replace(valid_until=tx.now + VALID_MS, written_at=tx.now)
    tx.put(session)
    return {
        "failed": False,
        "stoken": label(session),
        "extended": VALID_MINUTES,
        "time_unit": "minutes",
        "stoken_data": stoken_data(tx, session),
    }


@instructs(CheckCTokenValid)
def check_client_valid(tx: Tx, _command: CheckCTokenValid) -> Answer:
    """Whether a client id is known and works."""
    return {"failed": False, "client_id": GIVEN} | _validity(tx, _client(tx))


@instructs(CheckCTokenLinked)
def check_client_linked(tx: Tx, _command: CheckCTokenLinked) -> Answer:
    """The newest session token of a client id."""
    client = _client(tx)
    if client is None:
        return {"failed": False, "client_id": GIVEN, "valid": False, "reason": "Unregistered"}
    session = _newest(tx, client)
    if session is None:
        return {"failed": False, "client_id": GIVEN, "linked": False}
    return {"failed": False, "client_id": GIVEN, "linked": True, "session_token": label(session)}


@instructs(CheckCTokenSession)
def check_client_session(tx: Tx, _command: CheckCTokenSession) -> Answer:
    """The session of a client id."""
    client = _client(tx)
    session = None if client is None else _newest(tx, client)
    return {"failed": False, "client_id": GIVEN} | _plugged(session)


@instructs(CheckCTokenStatus)
def check_client_status(tx: Tx, _command: CheckCTokenStatus) -> Answer:
    """All about a client id."""
    client = _client(tx)
    session = None if client is None else _newest(tx, client)
    acquired = None if client is None else client.acquired
    return {
        "failed": False,
        "client_id": GIVEN,
        "valid": client is not None and works(client, tx.now),
        "linked": session is not None,
        "plugged": session is not None,
        "master": acquired is not None,
        "session_token": None if session is None else label(session),
        "session": None if session is None else session.no,
        "acquired": None if acquired is None else mail_of(inside(tx, acquired)),
    }


@instructs(CheckSTokenValid)
def check_session_valid(tx: Tx, _command: CheckSTokenValid) -> Answer:
    """Whether a session token is known and works."""
    return {"failed": False, "session_token": GIVEN} | _validity(tx, _session(tx))


@instructs(CheckSTokenLinked)
def check_session_linked(tx: Tx, _command: CheckSTokenLinked) -> Answer:
    """The client id of a session token."""
    session = _session(tx)
    if session is None:
        return {"failed": False, "session_token": GIVEN, "valid": False, "reason": "Unregistered"}
    client = sure(tx, ClientToken, session.client)
    return {"failed": False, "session_token": GIVEN, "linked": True, "client_id": label(client)}


@instructs(CheckSTokenSession)
def check_session_session(tx: Tx, _command: CheckSTokenSession) -> Answer:
    """The session of a session token."""
    session = _session(tx)
    return {"failed": False, "session_token": GIVEN} | _plugged(session if session and works(session, tx.now) else None)


@instructs(CheckSTokenStatus)
def check_session_status(tx: Tx, _command: CheckSTokenStatus) -> Answer:
    """All about a session token."""
    session = _session(tx)
    is_valid = session is not None and works(session, tx.now)
    return {
        "failed": False,
        "session_token": GIVEN,
        "valid": is_valid,
        "linked": session is not None,
        "plugged": is_valid,
        "client_id": None if session is None else label(sure(tx, ClientToken, session.client)),
        "session": session.no if session is not None and is_valid else None,
    }


GIVEN: Final[dict[str, Any]] = {"given": True}
"""Stands in an answer for the token that was sent."""


def label(token: ClientToken | SessionToken) -> dict[str, Any]:
    """Stands in an answer for the label of a token, which only the keys of the installation give."""
    prefix = CLIENT if isinstance(token, ClientToken) else SESSION
    return {"label": [prefix, token.key, token.salt]}


def ctoken_data(tx: Tx, client: ClientToken) -> Answer:
    """A client id with all its session tokens; `tx` is in scope 0."""
    alive = [label(token) for token in _alive(tx, client)]
    return _dates(client) | {
        "stoken": alive[-1] if alive else None,
        "acquired_master": client.acquired,
        "stokens": alive,
    }


def stoken_data(tx: Tx, session: SessionToken) -> Answer:
    """A session token with its client id; `tx` is in scope 0."""
    return _dates(session) | {"ctoken": label(sure(tx, ClientToken, session.client)), "worker_id": WORKER}


def mail_of(tx: Tx) -> str:
    """The e-mail of a master: the login of its owner. `tx` is in that master."""
    return sure(tx, Staff, sure(tx, Master, 0).owner).login


def _dates(token: ClientToken | SessionToken) -> Answer:
    return {
        "create_date": date(token.created_at),
        "write_date": date(token.written_at),
        "label": label(token),
        "active": token.removed_at is None,
        "unlink": False,
        "valid_to": date(token.valid_until),
    }


def _client(tx: Tx) -> ClientToken | None:
    found = tx.get(ClientToken, tx.caller.token) if tx.caller.token else None
    return found if found is not None and found.removed_at is None else None


def _session(tx: Tx) -> SessionToken | None:
    found = tx.get(SessionToken, tx.caller.id) if tx.caller.id else None
    return found if found is not None and found.removed_at is None else None


def _newest(tx: Tx, client: ClientToken) -> SessionToken | None:
    """The session token that a client asked for last, of those that work."""
    alive = _alive(tx, client)
    return alive[-1] if alive else None


def _alive(tx: Tx, client: ClientToken) -> list[SessionToken]:
    """The session tokens of a client that work, in the order in which it asked for them."""
    return [token for token in tx.range(SESSION_TOKENS, client.id) if works(token, tx.now)]


def _validity(tx: Tx, token: ClientToken | SessionToken | None) -> Answer:
    if token is None:
        return {"valid": False, "registered": False, "expired": False}
    if works(token, tx.now):
        return {"valid": True, "registered": True, "expired": False}
    details = f"Expiration date: {date(token.valid_until)}"
    return {"valid": False, "registered": True, "expired": True, "reasons": "Expired", "details": details}


def _plugged(session: SessionToken | None) -> Answer:
    if session is None:
        return {"plugged": False, "reason": "Unplugged"}
    return {"plugged": True, "session": session.no}
