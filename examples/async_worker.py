"""Many customers' jobs at once, each on its own clock; whose time is up loses the job, and nobody else.

CREDITCLOCK_URL=http://127.0.0.1:8400 CREDITCLOCK_TOKEN=… python async_worker.py clk_… clk_…
"""

import asyncio
import os
import sys

from creditclock import AsyncClient, Problem


async def main(clocks: list[str]) -> None:
    url = os.environ.get("CREDITCLOCK_URL", "http://127.0.0.1:8400")
    async with AsyncClient(url, token=os.environ["CREDITCLOCK_TOKEN"]) as client:
        for clock, result in zip(clocks, await asyncio.gather(*(job(client, clock) for clock in clocks)), strict=True):
            print(f"{clock}: {result}", flush=True)


async def job(client: AsyncClient, clock: str) -> str:
    try:
        async with client.clock(clock).session(note="render") as session:
            await asyncio.sleep(1)  # your work stands here; it is cancelled when time is up
            return f"done, {session.left.total_seconds():.1f} s left"
    except Problem as problem:
        return f"not done: {problem}"


if __name__ == "__main__":
    if not sys.argv[1:] or "CREDITCLOCK_TOKEN" not in os.environ:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1:]))
