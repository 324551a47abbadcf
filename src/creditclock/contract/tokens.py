"""Signing in and out, passwords and tokens (design sections 6 and 7)."""

from typing import Literal

import msgspec

from creditclock.contract.operation import DESK, Command, Role, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import (
    PAGE,
    AppId,
    Cursor,
    GivenCode,
    GivenLogin,
    GivenPassword,
    Instant,
    Limit,
    MasterId,
    Password,
    TokenId,
    TokenMs,
)

PEOPLE: tuple[Role, ...] = ("operator", *DESK, "customer")
SIGNED_IN: tuple[Role, ...] = (*PEOPLE, "program")
"""Everybody who has a token from a sign-in."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: the operator, an employee of a master, a customer, or an app by its key.

    `app` is there for a customer who signed in through that app's publishable key; the role is `program` then.
    """

    kind: Literal["operator", "staff", "customer", "app"]
    id: str
    master: MasterId | None = None
    role: str | None = None
    app: AppId | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh token: send it as `Authorization: Bearer …` until it expires."""

    token: str
    expires_at: Instant
    who: Who


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One of the caller's tokens, without its secret; `app` is the one whose publishable key it came through."""

    id: TokenId
    created_at: Instant
    expires_at: Instant
    current: bool
    app: AppId | None = None
    app_name: str | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The request was carried out; there is nothing more to say."""

    done: bool = True


@operation("token.sign_in", "POST /v1/sign-in", by=("anyone", "publishable"), shows_secret=True)
class SignIn(Command[SignedIn], frozen=True, kw_only=True):
    """Sign in with a login and a password.

    Customers also name their business (`master`), or come through an app's publishable key: such a token
    only runs the customer's own sessions, and ends with the app. With a second factor the right password alone is
    answered `second_factor_needed`: send all of it again with a `code`. A token works for 12 hours (operator), 7 days
    (staff) or 30 days (customers); `lasts_ms` makes that shorter.
    """

    login: GivenLogin
    password: GivenPassword
    master: MasterId | None = None
    code: GivenCode | None = None
    lasts_ms: TokenMs | None = None


@operation("token.sign_out", "POST /v1/sign-out", by=SIGNED_IN)
class SignOut(Command[Done], frozen=True, kw_only=True):
    """End the token that this request carries."""


@operation("token.who", "GET /v1/who", by=(*SIGNED_IN, "secret", "publishable"))
class GetWho(Command[Who], frozen=True, kw_only=True):
    """Tell whom the token or key belongs to."""


@operation("token.list", "GET /v1/tokens", by=PEOPLE)
class ListTokens(Command[Page[Token]], frozen=True, kw_only=True):
    """List the caller's own tokens that still work."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("token.revoke", "DELETE /v1/tokens/{token}", by=PEOPLE)
class RevokeToken(Command[Done], frozen=True, kw_only=True):
    """End one of the caller's own tokens."""

    token: TokenId


@operation("token.change_password", "POST /v1/password", by=PEOPLE)
class ChangePassword(Command[Done], frozen=True, kw_only=True):
    """Change the caller's own password; all the caller's other tokens end.

    Where the second factor is on, a `code` is needed too.
    """

    old_password: GivenPassword
    password: Password
    code: GivenCode | None = None
