"""Freezing: whether what a freeze ended is written down, so that a business may work again (docs/decisions/0008)."""

from creditclock.storage import due
from creditclock.storage.snapshot import lane_of
from creditclock.web.server import Server


async def closed(server: Server, number: int) -> dict[str, str]:
    """When the business was frozen whose sessions have all been closed since; nothing while some are open."""

    def frozen() -> tuple[int | None, bool]:
        with server.database.reading() as connection:
            lane = lane_of(connection, number)
            return (lane.frozen_at if lane else None), due.has_open_sessions(connection, number)

    frozen_at, _ = await server.in_thread(frozen)
    if frozen_at is None:
        return {}
    await server.lane.wish(None)
    again, is_open = await server.in_thread(frozen)
    return {"closed_at": str(frozen_at)} if again == frozen_at and not is_open else {}
