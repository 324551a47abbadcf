"""A tour through every operation of the table: carried out by somebody who may, and refused in several ways."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from creditclock.contract import OPERATIONS, Operation
from tests.api import Answer
from tests.fuzz.world import World
from tests.web.place import Place
from tests.web.things import fields_said, request_of

SECRET_WORDS = ("password", "secret", "token", "code")
HOLDS_BACK = {"token.sign_in", "token.change_password"}
"""Operations that fail too often if each way to fail is tried."""

USED_UP = {"app", "customer", "plan", "session", "webhook"}
"""Nouns whose operations use up or make what the next ones name."""


class Tour:
    """Everything that can be done in a business, once."""

    def __init__(self, place: Place, world: World) -> None:
        self._place = place
        self._world = world
        self.given: set[str] = set()
        """Passwords and the like that were sent."""

    def carry_out(self, roles: Sequence[str]) -> Iterator[tuple[Operation, str, Answer]]:
        """Every operation by the first of the roles that may, with an idempotency key, and the same again."""
        things: dict[str, dict[str, str]] = {}
        for operation in _gentle_first():
            role = next((role for role in roles if role in operation.by), None)
            if role is None or operation.streams:
                continue
            if role not in things or operation.noun in USED_UP:
                things[role] = self._things(role)
            said = self._said(operation, things[role])
            request, key = request_of(operation, said), str(uuid.uuid4())
            caller = self._world.caller(role)
            yield operation, role, request.send(caller, key)
            if operation.name not in HOLDS_BACK:
                yield operation, role, request.send(self._world.caller(role), key)

    def be_refused(self, role: str) -> Iterator[tuple[Operation, Answer]]:
        """Every operation by somebody who may, with what isn't understood; and by those who may not."""
        things = self._things(role)
        for operation in _gentle_first():
            if operation.streams or operation.name in HOLDS_BACK:
                continue
            said = self._said(operation, things)
            surprise = self._secret()
            nobody, shipped = self._world.server.nobody, self._world.caller("publishable")
            for caller, more in (
                (self._world.caller(role), {"surprise": surprise}),
                (self._world.caller(role), {"password": [surprise]}),
                (nobody, {}),
                (shipped, {}),
            ):
                if operation.noun != "test_clock" and (more or "anyone" not in operation.by):
                    yield operation, request_of(operation, {**said, **more}).send(caller)

    def _things(self, role: str) -> dict[str, str]:
        shop = self._world.shop
        absent = {prefix: f"{prefix}{shop.id[3:11]}{1:012x}" for prefix in ("app", "evt", "iss", "pln", "tok", "whk")}
        return absent | {prefix: ids[-1] for prefix, ids in self._world.things(role).items()}

    def _said(self, operation: Operation, things: Mapping[str, str]) -> dict[str, Any]:
        said = fields_said(self._place, operation, things)
        for name in said:
            if any(word in name for word in SECRET_WORDS) and isinstance(said[name], str) and name != "token":
                said[name] = self._secret()
            if name == "login":
                said[name] = self._world.server.unique("tour")
        return said

    def _secret(self) -> str:
        secret = f"pw-{uuid.uuid4()}"
        self.given.add(secret)
        return secret


def _gentle_first() -> list[Operation]:
    """The operations, those at the end that end something for whoever calls or for what others need."""
    last = ("remove", "freeze", "revoke", "sign_out")
    return sorted(OPERATIONS.values(), key=lambda operation: operation.verb in last)
