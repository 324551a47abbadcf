"""Tokens: a method for each operation. Written by `make docs`. Don't edit it."""

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.tokens import (
    ChangePassword,
    Done,
    GetWho,
    ListTokens,
    RevokeToken,
    SignedIn,
    SignIn,
    SignOut,
    Token,
    Who,
)


class TokenOperations:
    """The operations of tokens."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def sign_in(
        self,
        *,
        login: str,
        password: str,
        master: str | None = None,
        code: str | None = None,
        lasts_ms: int | None = None,
    ) -> SignedIn:
        """Sign in with a login and a password.

        Customers also name their business (`master`), or come through an app's publishable key: such a token
        only runs the customer's own sessions, and ends with the app. With a second factor the right password alone is
        answered `second_factor_needed`: send all of it again with a `code`. A token works for 12 hours (operator), 7
        days
        (staff) or 30 days (customers); `lasts_ms` makes that shorter.

        login: The login as typed.
        password: The password as typed.
        master: Id of a business.
        code: A code of the second factor as shown by its app, or a recovery code.
        lasts_ms: How long the token works, in milliseconds, 1 min to 30 d.
        """
        return self._client.call(SignIn(login=login, password=password, master=master, code=code, lasts_ms=lasts_ms))

    def sign_out(self, *, key: str | None = None) -> Done:
        """End the token that this request carries.

        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(SignOut(), key=key)

    def who(self) -> Who:
        """Tell whom the token or key belongs to."""
        return self._client.call(GetWho())

    def list(self, *, limit: int = 100) -> Listing[Token]:
        """List the caller's own tokens that still work.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListTokens(limit=limit, cursor=cursor)))

    def revoke(self, token: str, *, key: str | None = None) -> Done:
        """End one of the caller's own tokens.

        token: Id of a token.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RevokeToken(token=token), key=key)

    def change_password(
        self, *, old_password: str, password: str, code: str | None = None, key: str | None = None
    ) -> Done:
        """Change the caller's own password; all the caller's other tokens end.

        Where the second factor is on, a `code` is needed too.

        old_password: The password as typed.
        password: At least 8 characters.
        code: A code of the second factor as shown by its app, or a recovery code.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ChangePassword(old_password=old_password, password=password, code=code), key=key)


class AsyncTokenOperations:
    """The operations of tokens."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def sign_in(
        self,
        *,
        login: str,
        password: str,
        master: str | None = None,
        code: str | None = None,
        lasts_ms: int | None = None,
    ) -> SignedIn:
        """Sign in with a login and a password.

        Customers also name their business (`master`), or come through an app's publishable key: such a token
        only runs the customer's own sessions, and ends with the app. With a second factor the right password alone is
        answered `second_factor_needed`: send all of it again with a `code`. A token works for 12 hours (operator), 7
        days
        (staff) or 30 days (customers); `lasts_ms` makes that shorter.

        login: The login as typed.
        password: The password as typed.
        master: Id of a business.
        code: A code of the second factor as shown by its app, or a recovery code.
        lasts_ms: How long the token works, in milliseconds, 1 min to 30 d.
        """
        return await self._client.call(
            SignIn(login=login, password=password, master=master, code=code, lasts_ms=lasts_ms)
        )

    async def sign_out(self, *, key: str | None = None) -> Done:
        """End the token that this request carries.

        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(SignOut(), key=key)

    async def who(self) -> Who:
        """Tell whom the token or key belongs to."""
        return await self._client.call(GetWho())

    def list(self, *, limit: int = 100) -> AsyncListing[Token]:
        """List the caller's own tokens that still work.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListTokens(limit=limit, cursor=cursor)))

    async def revoke(self, token: str, *, key: str | None = None) -> Done:
        """End one of the caller's own tokens.

        token: Id of a token.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RevokeToken(token=token), key=key)

    async def change_password(
        self, *, old_password: str, password: str, code: str | None = None, key: str | None = None
    ) -> Done:
        """Change the caller's own password; all the caller's other tokens end.

        Where the second factor is on, a `code` is needed too.

        old_password: The password as typed.
        password: At least 8 characters.
        code: A code of the second factor as shown by its app, or a recovery code.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ChangePassword(old_password=old_password, password=password, code=code), key=key)
