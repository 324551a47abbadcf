"""Webhooks: what their commands need from outside the lane: a secret, a look at the address, a place in the outbox."""

import base64

from msgspec import UNSET

from creditclock.contract import Refusal
from creditclock.contract.instants import parsed, shown
from creditclock.contract.webhooks import REPLAY_MS, ChangeWebhook, CreateWebhook, ReplayWebhook, RotateSecret
from creditclock.domain.access import Caller
from creditclock.domain.addresses import check_url
from creditclock.storage import deliveries
from creditclock.storage.keys import FOR_WEBHOOKS
from creditclock.storage.snapshot import lane_of
from creditclock.web.keys import new_secret
from creditclock.web.server import Server


async def material_of(
    server: Server, command: CreateWebhook | ChangeWebhook | RotateSecret | ReplayWebhook, caller: Caller
) -> dict[str, str]:
    """What a command of webhooks needs. Raises a Refusal `invalid` for an address or an instant that can't be."""
    match command:
        case CreateWebhook():
            check_url(command.url, anywhere=server.anywhere)
            return await server.in_thread(lambda: _new_secret(server))
        case RotateSecret():
            return await server.in_thread(lambda: _new_secret(server))
        case ChangeWebhook():
            if command.url is not UNSET:
                check_url(command.url, anywhere=server.anywhere)
            return {}
        case ReplayWebhook():
            return await server.in_thread(lambda: _first(server, command, caller.master))


def _new_secret(server: Server) -> dict[str, str]:
    """A fresh secret with what brings it about again: the number of a key and a salt."""
    made = new_secret(server.keys, FOR_WEBHOOKS)
    return {"key": str(made.key), "salt": made.salt, "secret": f"whsec_{base64.b64encode(made.secret).decode()}"}


def _first(server: Server, command: ReplayWebhook, master: int) -> dict[str, str]:
    """The number of the first event that is told again."""
    if (command.since is None) == (command.event is None):
        raise Refusal("invalid", "Say what is told again: either `since` or `event`.")
    if command.since is None:
        return {}
    try:
        since = parsed(command.since)
    except ValueError as error:
        raise Refusal("invalid", "`since` is no date that exists. Check it.", field="since") from error
    earliest = server.time.now() - REPLAY_MS
    if since < earliest:
        raise Refusal("invalid", f"Only 7 days are told again: `since` is {shown(earliest)} at least.", field="since")
    with server.database.reading() as connection:
        lane = lane_of(connection, master)
        assert lane is not None, master
        return {"first": str(deliveries.first_since(connection, master, since, lane.next_event - 1))}
