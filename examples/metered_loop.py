"""A loop that runs on a customer's clock: warned before the end, carried on by a top-up, ended at zero.

    CREDITCLOCK_URL=http://127.0.0.1:8400 CREDITCLOCK_TOKEN=… python metered_loop.py clk_…

The token is the key of an app, or of a customer who has signed in. While it runs, buy more time from elsewhere:
`creditclock clock buy clk_… --amount 1.00`.
"""

import os
import sys
from datetime import timedelta

from creditclock import Client, OutOfTime, SessionOver


def main(clock: str) -> int:
    url = os.environ.get("CREDITCLOCK_URL", "http://127.0.0.1:8400")
    with Client(url, token=os.environ["CREDITCLOCK_TOKEN"]) as client:
        try:
            work(client, clock)
        except OutOfTime as over:
            print(f"{over}", flush=True)
            if over.session is not None:
                print(f"used: {over.session.used_ms} ms", flush=True)
            return 0
        except SessionOver as over:
            print(f"{over} ({over.reason})", flush=True)
            return 1
    return 0


def work(client: Client, clock: str) -> None:
    warn = (timedelta(minutes=5), timedelta(minutes=1), timedelta(seconds=2))
    with client.clock(clock).session(warn=warn, on_warn=warned, note="metered loop") as session:
        print(f"started with {session.left.total_seconds():.1f} s", flush=True)
        before = session.left
        while True:
            session.sleep(0.2)  # your work stands here; sleep and check end it when time is up
            left = session.left
            if left > before:
                print(f"topped up: {left.total_seconds():.1f} s left", flush=True)
            before = left


def warned(left: timedelta) -> None:
    print(f"warning: {left.total_seconds():.1f} s left", flush=True)


if __name__ == "__main__":
    if not sys.argv[1:] or "CREDITCLOCK_TOKEN" not in os.environ:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
