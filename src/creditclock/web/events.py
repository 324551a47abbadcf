"""`GET /v1/events`: what happens, as server-sent events (design section 6)."""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

from creditclock.contract import Refusal
from creditclock.contract.events import KINDS_OF_EVENTS, FollowEvents
from creditclock.contract.values import identify, master_of, number_of
from creditclock.domain.access import Caller
from creditclock.queries.events import PRIVATE, Sight, sight_of
from creditclock.storage import lists
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, Lost, Unusable
from creditclock.web.hub import Hub, Outlet, Reader

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Check = Callable[[], Awaitable[int | None]]
"""Looks a caller up again: its count of ended rights, or None if it may no longer follow."""
EVENT_ID: Final = re.compile(r"^evt_[0-9a-f]{19}\Z")
HEARTBEAT_S: Final = 15.0
SEND_S: Final = 60.0
"""A client that takes nothing for so long is gone."""
MOST_BUSINESSES: Final = 20
_RETRY: Final = b"retry: 2000\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    # A proxy that gathers answers would hold events back.
    (b"x-accel-buffering", b"no"),
]


class Stream:
    """An answer that goes on: what its readers are told, for as long as the client listens."""

    def __init__(
        self, hub: Hub, readers: Sequence[Reader], outlet: Outlet, who: str, check: Check | None = None
    ) -> None:
        self._hub = hub
        self._who = who
        self._readers = readers
        self._outlet = outlet
        self._check = check

    async def run(self, receive: Receive, send: Send, extra: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Send events until the client goes, is too slow, or may no longer follow. Raises a Refusal `busy` before."""
        with self._hub.place(self._who, self._readers[0].master if self._readers else 0):
            await self._run(receive, send, extra)

    async def _run(self, receive: Receive, send: Send, extra: Sequence[tuple[bytes, bytes]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *extra]})
        listening = asyncio.create_task(self._listen(receive))
        attaching = asyncio.create_task(self._attach())
        try:
            with contextlib.suppress(TimeoutError):
                await self._send_all(send)
        finally:
            self._outlet.close()
            for task in (listening, attaching):
                task.cancel()
            await asyncio.gather(listening, attaching, return_exceptions=True)
            for reader in self._readers:
                self._hub.detach(reader)

    async def _send_all(self, send: Send) -> None:
        # A client that is cut off before the first event must know where to go on.
        await _send(send, _RETRY + self._places())
        checked_at = time.monotonic()
        while not self._outlet.closed:
            data = await self._outlet.take(HEARTBEAT_S)
            is_time = time.monotonic() - checked_at >= HEARTBEAT_S
            if not data or is_time or any(reader.doubtful for reader in self._readers):
                checked_at = time.monotonic()
                if not await self._may_go_on():
                    break
                # A place is said only when nothing waits that lies before it.
                data = data or self._outlet.take_now() or b": still here\n" + self._places()
            await _send(send, data)
        await _send(send, b"", more=False)

    def _places(self) -> bytes:
        return b"".join(reader.place for reader in self._readers)

    async def _may_go_on(self) -> bool:
        """Whether the caller still may follow; asked when somebody's rights ended, and at each heartbeat."""
        if self._check is None:
            return True
        try:
            rights = await self._check()
        except (Conflict, Lost, Unusable):
            # Who is cut off now comes back at once; events wait for the database as well.
            return True
        for reader in self._readers:
            reader.rights = rights
            reader.doubtful = False
        return rights is not None

    async def _attach(self) -> None:
        try:
            for reader in self._readers:
                await self._hub.attach(reader)
        except BaseException:
            self._outlet.close()
            raise

    async def _listen(self, receive: Receive) -> None:
        with contextlib.suppress(OSError):
            while (await receive())["type"] != "http.disconnect":
                pass
        self._outlet.close()


async def _send(send: Send, data: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_S):
        await send({"type": "http.response.body", "body": data, "more_body": more})


async def follow(hub: Hub, command: FollowEvents, caller: Caller, last_event_id: bytes | None, check: Check) -> Stream:
    """The stream that a caller asks for.

    Raises a Refusal: `invalid` for a place that isn't one of its business, `events_gone` for one after which some
    events are no longer kept.
    """
    sight = sight_of(caller, command.kinds)
    last = await hub.last(caller.master)
    after = command.after if not last_event_id else _place(last_event_id)
    position = last
    if after is not None:
        position = number_of(after)
        if sight.customer is not None:
            # How many events a business has is its own affair.
            position = min(position, last)
        if master_of(after) != caller.master or position > last:
            raise Refusal(
                "invalid", f"{after} is no event of this business. Leave `after` out to begin now.", field="after"
            )
        horizon = await hub.horizon(caller.master)
        if position < horizon:
            first = identify("evt", caller.master, horizon)
            raise Refusal(
                "events_gone",
                f"Some events after {after} are no longer kept. Read what you follow anew, then go on after {first}.",
                first=first,
            )
    outlet = Outlet()
    reader = Reader(caller.master, position, sight, outlet)
    reader.rights = caller.rights
    return Stream(hub, [reader], outlet, caller.name, check)


def _place(header: bytes) -> str:
    text = header.decode("latin-1")
    if not EVENT_ID.match(text):
        raise Refusal("invalid", "`Last-Event-ID` is no id of an event. Leave it out to begin now.", field="after")
    return text


async def everything(hub: Hub, database: Database) -> Stream:
    """What happens in all businesses from now on, without asking who follows: for the demo."""

    def masters() -> list[int]:
        with database.reading() as connection:
            return [master.master for master, _ in lists.masters(connection, 0, MOST_BUSINESSES)]

    sight = Sight(frozenset(KINDS_OF_EVENTS) - {PRIVATE}, None)
    outlet = Outlet()
    found = (await asyncio.to_thread(masters))[:MOST_BUSINESSES]
    readers = [Reader(master, await hub.last(master), sight, outlet) for master in found]
    return Stream(hub, readers, outlet, "board")
