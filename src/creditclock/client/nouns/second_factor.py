"""Second factor: a method for each operation. Written by `make docs`. Don't edit it."""

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.contract.second_factor import (
    BeginSecondFactor,
    ConfirmSecondFactor,
    GetSecondFactor,
    NewSecondFactor,
    RecoveryCodes,
    RemoveSecondFactor,
    SecondFactor,
)
from creditclock.contract.tokens import Done


class SecondFactorOperations:
    """The operations of second factor."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def get(self) -> SecondFactor:
        """Tell whether the caller's second factor is on."""
        return self._client.call(GetSecondFactor())

    def begin(self, *, password: str, key: str | None = None) -> NewSecondFactor:
        """Begin to use a second factor: get its secret for an authenticator app.

        It is on once a code of the app was confirmed; beginning again makes another secret.

        password: The password as typed.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(BeginSecondFactor(password=password), key=key)

    def confirm(self, *, code: str, key: str | None = None) -> RecoveryCodes:
        """Switch the second factor on with a code of the app; gives ten recovery codes, once.

        From now on each sign-in needs a code. All the caller's other tokens end.

        code: A code of the second factor as shown by its app, or a recovery code.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ConfirmSecondFactor(code=code), key=key)

    def remove(self, *, password: str, code: str, key: str | None = None) -> Done:
        """Switch the second factor off; takes the password and a code, or a recovery code.

        password: The password as typed.
        code: A code of the second factor as shown by its app, or a recovery code.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RemoveSecondFactor(password=password, code=code), key=key)


class AsyncSecondFactorOperations:
    """The operations of second factor."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def get(self) -> SecondFactor:
        """Tell whether the caller's second factor is on."""
        return await self._client.call(GetSecondFactor())

    async def begin(self, *, password: str, key: str | None = None) -> NewSecondFactor:
        """Begin to use a second factor: get its secret for an authenticator app.

        It is on once a code of the app was confirmed; beginning again makes another secret.

        password: The password as typed.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(BeginSecondFactor(password=password), key=key)

    async def confirm(self, *, code: str, key: str | None = None) -> RecoveryCodes:
        """Switch the second factor on with a code of the app; gives ten recovery codes, once.

        From now on each sign-in needs a code. All the caller's other tokens end.

        code: A code of the second factor as shown by its app, or a recovery code.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ConfirmSecondFactor(code=code), key=key)

    async def remove(self, *, password: str, code: str, key: str | None = None) -> Done:
        """Switch the second factor off; takes the password and a code, or a recovery code.

        password: The password as typed.
        code: A code of the second factor as shown by its app, or a recovery code.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemoveSecondFactor(password=password, code=code), key=key)
