"""Basic authorization of the instruction set, where it is switched on: the login of a master and a key of it."""

import base64
import binascii
from collections.abc import MutableMapping
from typing import Any

from creditclock.contract import Refusal, logins
from creditclock.web.callers import caller_of
from creditclock.web.instructions.visitors import Visitors
from creditclock.web.server import Server

_NEEDED = Refusal(
    "unauthorized",
    "This server wants Basic authorization: the login of the master, and a key of it as the password.",
    kind="error",
)


class Basic:
    """Checks what requests carry."""

    def __init__(self, server: Server, visitors: Visitors) -> None:
        self._server = server
        self._visitors = visitors

    async def check(self, scope: MutableMapping[str, Any], source: str) -> int:
        """The number of the master that a request may work under. Refuses `unauthorized` and `too_many_requests`."""
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, rest = given.partition(b" ")
        if scheme.lower() != b"basic":
            raise _NEEDED
        try:
            login, _, key = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            raise _NEEDED from None
        try:
            caller = await self._server.in_thread(lambda: caller_of(self._server, f"Bearer {key}".encode(), source))
        except Refusal as refusal:
            raise (_NEEDED if refusal.code == "unauthorized" else refusal) from None
        found = await self._visitors.master_named(logins.spelled(login))
        if caller.kind != "app" or found is None or found[0] != caller.master:
            raise _NEEDED
        return caller.master
