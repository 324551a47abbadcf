"""Access: who calls, and what that allows (design section 7)."""

from collections.abc import Iterable
from typing import NamedTuple


class Caller(NamedTuple):
    """Who calls. `name` is the id as others see it, `rights` the lane's count of ended rights when it was looked up.

    `id` is the number of the staff, customer or app; `token` that of the token, None for a key.
    `app` is the id of the app through whose publishable key a customer signed in: the caller is that program then.
    `until` is when the token or key expires, None if it doesn't.
    """

    master: int
    kind: str
    id: int
    role: str
    scopes: frozenset[str]
    name: str
    rights: int
    token: int | None
    app: str | None = None
    until: int | None = None

    @property
    def holder(self) -> str:
        """Who holds the sessions that the caller starts."""
        return self.app or self.name

    @property
    def principal(self) -> str:
        """Whose the caller's idempotency keys are: a customer and each of its programs have their own."""
        return f"{self.name} {self.app}" if self.app else self.name


def system(master: int) -> Caller:
    """The server itself, for what it does in a master by computation."""
    return Caller(master, "system", 0, "system", frozenset(), "system", -1, None)


def allowed(caller: Caller, roles: tuple[str, ...], scopes: Iterable[str]) -> bool:
    """Whether a role of the caller is among `roles`; a secret key needs each of `scopes` too."""
    if caller.role not in roles:
        return False
    return caller.role != "secret" or caller.scopes.issuperset(scopes)
