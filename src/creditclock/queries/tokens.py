"""Tokens: whose they are, and how callers are found by them (design section 7)."""

from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.tokens import GetWho, ListTokens, Token, Who
from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import App, Credential, Customer, SecondFactor, SignInName, Staff
from creditclock.domain.rows import Token as TokenRow
from creditclock.queries.apps import works
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import ident, sure
from creditclock.storage.relations import APP, LOGIN, OLD_KEY, TOKEN, TOKENS
from creditclock.storage.snapshot import Snapshot


@answers(GetWho)
def get_who(_snapshot: Snapshot, _query: GetWho, caller: Caller) -> Who:
    """Whom the token or key belongs to."""
    kinds = {"operator": "operator", "staff": "staff", "customer": "customer"}
    return Who(
        kind=kinds.get(caller.kind, "app"),  # pyright: ignore[reportArgumentType] - one of its kinds
        id=caller.name,
        master=identify("mas", caller.master, 0) if caller.master else None,
        role=caller.role,
        app=caller.app,
    )


@answers(ListTokens)
def list_tokens(snapshot: Snapshot, query: ListTokens, caller: Caller) -> Page[Token]:
    """The caller's tokens that work, oldest first."""
    found: list[TokenRow] = [
        token
        for token in snapshot.range(TOKENS, caller.id)
        if token.expires_at > snapshot.now and token.id > after(query.cursor) and _app_works(snapshot, token)
    ]

    def show(token: TokenRow) -> Token:
        app = None if token.app is None else sure(snapshot, App, token.app)
        return Token(
            id=ident(snapshot, "tok", token.id),
            created_at=shown(token.created_at),
            expires_at=shown(token.expires_at),
            current=token.id == caller.token,
            app=None if app is None else ident(snapshot, "app", app.id),
            app_name=None if app is None else app.name,
        )

    return page(found, query.limit, lambda token: token.id, show)


def caller_of_token(snapshot: Snapshot, digest: str) -> Caller | None:
    """Who holds the token with this digest; None if it doesn't work."""
    tokens: list[TokenRow] = snapshot.range(TOKEN, digest)
    if not tokens or tokens[0].expires_at <= snapshot.now:
        return None
    token = tokens[0]
    if not _app_works(snapshot, token):
        return None
    app = None if token.app is None else ident(snapshot, "app", token.app)
    caller = person(snapshot, token.kind, token.principal, app)
    until = token.expires_at
    if token.app is not None and (ends := sure(snapshot, App, token.app).expires_at) is not None:
        until = min(until, ends)
    return caller._replace(token=token.id, until=until)


def _app_works(snapshot: Snapshot, token: TokenRow) -> bool:
    """Whether the app through which a token came, if it came through one, still works."""
    return token.app is None or works(sure(snapshot, App, token.app), snapshot.now)


def caller_of_key(snapshot: Snapshot, digest: str) -> Caller | None:
    """The app with the key of this digest, its newest or the one before; None if it doesn't work."""
    current: list[App] = snapshot.range(APP, digest)
    old: list[App] = [] if current else snapshot.range(OLD_KEY, digest)
    app = next(iter([*current, *old]), None)
    if app is None or not works(app, snapshot.now):
        return None
    ends = [at for at in (app.expires_at, app.old_until if old else None) if at is not None]
    if ends and min(ends) <= snapshot.now:
        return None
    name = ident(snapshot, "app", app.id)
    scopes = frozenset(app.scopes.split())
    caller = Caller(snapshot.master, "app", app.id, app.kind, scopes, name, snapshot.lane.rights, None)
    return caller._replace(until=min(ends, default=None))


def person(snapshot: Snapshot, kind: str, number: int, app: str | None = None) -> Caller:
    """The caller that a staff, an operator or a customer is, or a customer's program: the app with that id."""
    if kind == "customer":
        role, name = "program" if app else "customer", ident(snapshot, "cus", number)
    else:
        role, name = sure(snapshot, Staff, number).role, ident(snapshot, "stf", number)
    return Caller(snapshot.master, kind, number, role, frozenset(), name, snapshot.lane.rights, None, app)


def login_of(snapshot: Snapshot, kind: str, number: int) -> str | None:
    """The login of a customer, or of a staff or operator; None if there is no such person."""
    found = snapshot.get(Customer, number) if kind == "customer" else snapshot.get(Staff, number)
    return found.login if found else None


def staff_by_login(snapshot: Snapshot, login: str) -> tuple[int, int] | None:
    """Master and number of the staff or operator with a login; the snapshot is that of scope 0."""
    found = snapshot.get(SignInName, login)
    return (found.of_master, found.staff) if found and found.freed_at is None else None


def customer_by_login(snapshot: Snapshot, login: str) -> Customer | None:
    """The customer of the snapshot's master with a login, unless removed."""
    found: list[Customer] = snapshot.range(LOGIN, login)
    return found[0] if found and found[0].removed_at is None else None


def second_factor(snapshot: Snapshot, number: int) -> SecondFactor | None:
    """The second factor of a staff or operator, pending ones too; None if there is none."""
    found = snapshot.get(SecondFactor, number)
    return found if found and found.salt else None


def credential(snapshot: Snapshot, number: int) -> Credential | None:
    """The password's hash of somebody, with its version."""
    return snapshot.get(Credential, number)
