"""Tokens and passwords: made at a sign-in, ended by a sign-out, a revocation or another password (design section 7)."""

from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.instants import shown
from creditclock.contract.tokens import ChangePassword, Done, RevokeToken, SignedIn, SignIn, SignOut, Who
from creditclock.contract.values import identify, number_of
from creditclock.domain.rows import App, Credential, Customer, Token
from creditclock.queries.source import named, not_found, sure
from creditclock.storage.relations import TOKENS

TOKEN_MS = {"operator": 12 * 3_600_000, "staff": 7 * 86_400_000, "customer": 30 * 86_400_000}
"""How long a token of each kind of caller works."""
TOKENS_KEPT = 50
"""How many working tokens somebody may have, and as many through apps; a sign-in beyond ends the oldest of its sort."""


def show_who(tx: Tx) -> Who:
    """Whom the caller's token belongs to."""
    caller = tx.caller
    kind = caller.kind
    assert kind in {"operator", "staff", "customer"}, kind
    return Who(
        kind="operator" if kind == "operator" else "staff" if kind == "staff" else "customer",
        id=caller.name,
        master=identify("mas", caller.master, 0) if caller.master else None,
        role=caller.role,
        app=caller.app,
    )


@handles(SignIn)
def sign_in(tx: Tx, _command: SignIn) -> SignedIn:
    """A fresh token; the password was verified before, against the version that still must hold."""
    caller = tx.caller
    credential = tx.get(Credential, caller.id)
    if credential is None or str(credential.version) != tx.material["version"]:
        raise Refusal("sign_in_failed", "The login or the password is wrong. Try again.")
    if caller.kind == "customer" and sure(tx, Customer, caller.id).removed_at is not None:
        raise Refusal("sign_in_failed", "The login or the password is wrong. Try again.")
    app = _app(tx)
    working = [
        token
        for token in tx.range(TOKENS, caller.id)
        if token.expires_at > tx.now and (token.app is None) == (app is None)
    ]
    for token in working[: max(0, len(working) - TOKENS_KEPT + 1)]:
        tx.put(token._replace(expires_at=tx.now))
        tx.end_rights()
    token = Token(
        master=tx.master,
        id=tx.new_id(),
        digest=tx.material["digest"],
        kind=caller.kind,
        principal=caller.id,
        created_at=tx.now,
        expires_at=tx.now + TOKEN_MS[caller.kind],
        app=app,
    )
    tx.put(token)
    tx.subject = caller.name
    return SignedIn(token=tx.material["token"], expires_at=shown(token.expires_at), who=show_who(tx))


def _app(tx: Tx) -> int | None:
    """The number of the app through whose key the caller signs in, if it is one. Refuses one that was removed."""
    if tx.caller.app is None:
        return None
    app = sure(tx, App, number_of(tx.caller.app))
    if app.removed_at is not None:
        raise Refusal("unauthorized", "This key doesn't work any more: its app was removed. Use another app's.")
    return app.id


@handles(SignOut)
def sign_out(tx: Tx, _command: SignOut) -> Done:
    """The end of the caller's token."""
    assert tx.caller.token is not None
    _end(tx, sure(tx, Token, tx.caller.token))
    tx.subject = tx.caller.name
    return Done()


@handles(RevokeToken)
def revoke_token(tx: Tx, command: RevokeToken) -> Done:
    """The end of another of the caller's tokens."""
    token = named(tx, Token, command.token)
    if token.principal != tx.caller.id or token.expires_at <= tx.now:
        raise not_found(command.token)
    _end(tx, token)
    tx.subject = command.token
    return Done()


@handles(ChangePassword)
def change_password(tx: Tx, _command: ChangePassword) -> Done:
    """A new password; the old one was verified before, against the version that still must hold."""
    if str(sure(tx, Credential, tx.caller.id).version) != tx.material["version"]:
        raise Refusal("wrong_password", "The old password is wrong. Type it again.")
    set_password(tx, tx.caller.id, tx.material["password"])
    end_tokens(tx, tx.caller.id, spare=tx.caller.token)
    tx.subject = tx.caller.name
    return Done()


def set_password(tx: Tx, principal: int, password: str) -> None:
    """Keep a password's hash in the place of the old one, if there was one."""
    credential = tx.get(Credential, principal)
    version = credential.version + 1 if credential else 1
    tx.put(Credential(tx.master, principal, password, version))


def end_tokens(tx: Tx, principal: int, *, spare: int | None) -> None:
    """End all working tokens of somebody but the spared one."""
    for token in tx.range(TOKENS, principal):
        if token.id != spare and token.expires_at > tx.now:
            _end(tx, token)


def _end(tx: Tx, token: Token) -> None:
    tx.put(token._replace(expires_at=tx.now))
    tx.end_rights()
