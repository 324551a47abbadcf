"""Tokens and passwords: made at a sign-in, ended by a sign-out, a revocation or another password (design section 7)."""

from creditclock.commands.codes import use_code
from creditclock.commands.handling import Tx, handles
from creditclock.contract import Refusal
from creditclock.contract.events import PasswordTold, SignedInTold
from creditclock.contract.instants import shown
from creditclock.contract.tokens import ChangePassword, Done, RevokeToken, SignedIn, SignIn, SignOut, Who
from creditclock.contract.values import MAX, identify, number_of
from creditclock.domain.rows import App, Credential, Customer, CustomerProfile, Token
from creditclock.queries.apps import works
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
def sign_in(tx: Tx, command: SignIn) -> SignedIn:
    """A fresh token; the password was verified before, against the version that still must hold.

    A code of the second factor was verified before as well and is used up here.
    """
    caller = tx.caller
    credential = tx.get(Credential, caller.id)
    if credential is None or str(credential.version) != tx.material["version"]:
        raise Refusal("sign_in_failed", "The login or the password is wrong. Try again.")
    if caller.kind == "customer" and sure(tx, Customer, caller.id).removed_at is not None:
        raise Refusal("sign_in_failed", "The login or the password is wrong. Try again.")
    method = "password" if caller.kind == "customer" else use_code(tx, caller.id)
    if hashed := tx.material.get("rehashed"):
        # The same password under the parameters of today: its version stays.
        tx.put(credential._replace(password=hashed))
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
        expires_at=_end_of(tx.now + min(TOKEN_MS[caller.kind], command.lasts_ms or MAX), app),
        app=None if app is None else app.id,
    )
    tx.put(token)
    tx.subject = caller.name
    tx.detail = {"token": identify("tok", tx.master, token.id), "method": method}
    if caller.kind != "customer":
        told = SignedInTold(role=caller.role, method=method, expires_at=shown(token.expires_at))
        tx.emit("sign_in.succeeded", caller.name, told)
    return SignedIn(token=tx.material["token"], expires_at=shown(token.expires_at), who=show_who(tx))


def _end_of(until: int, app: App | None) -> int:
    """When a token ends: with the app that it comes through, if that is earlier."""
    return until if app is None or app.expires_at is None else min(until, app.expires_at)


def _app(tx: Tx) -> App | None:
    """The app through whose key the caller signs in, if it is one. Refuses one that was removed or has expired."""
    if tx.caller.app is None:
        return None
    app = sure(tx, App, number_of(tx.caller.app))
    if not works(app, tx.now):
        raise Refusal("unauthorized", "This key doesn't work any more: its app has ended. Use another app's.")
    return app


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
    caller = tx.caller
    if caller.kind != "customer":
        use_code(tx, caller.id)
    set_password(tx, caller.id, tx.material["password"])
    end_tokens(tx, caller.id, spare=caller.token)
    tx.subject = caller.name
    tell_password(tx, caller.name)
    return Done()


def set_password(tx: Tx, principal: int, password: str) -> None:
    """Keep a password's hash in the place of the old one, if there was one; the instruction set asks for it anew."""
    credential = tx.get(Credential, principal)
    version = credential.version + 1 if credential else 1
    tx.put(Credential(tx.master, principal, password, version))
    profile = tx.get(CustomerProfile, principal)
    if profile and profile.session is not None:
        tx.put(profile._replace(session=None, written_at=tx.now))


def tell_password(tx: Tx, name: str) -> None:
    """Tell the desk, and a customer whose it is, that somebody has another password."""
    customer = number_of(name) if name.startswith("cus_") else None
    tx.emit("password.changed", name, PasswordTold(by=tx.caller.name), customer=customer)


def end_tokens(tx: Tx, principal: int, *, spare: int | None) -> None:
    """End all working tokens of somebody but the spared one."""
    for token in tx.range(TOKENS, principal):
        if token.id != spare and token.expires_at > tx.now:
            _end(tx, token)


def _end(tx: Tx, token: Token) -> None:
    tx.put(token._replace(expires_at=tx.now))
    tx.end_rights()
