"""A program that is shipped to customers, such as a game: each plays on their own clock.

    python shipped_program.py https://time.example ccp_… bob 60

The publishable key `ccp_…` may stand in the program for everybody to find: it does nothing but sign customers in.
What the customer's token may then do is look at the clocks and run the customer's own sessions. It can't spend credits,
and it ends when the customer changes the password, or when the app is removed. The password is asked for.
"""

import getpass
import sys
from datetime import timedelta

from creditclock import Client, OutOfTime, SessionOver, StaleSeq, Unauthorized
from creditclock.contract.customers import GetCustomer


def main(url: str, key: str, login: str, seconds: str) -> int:
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with Client(url, token=key) as client:
        try:
            who = client.sign_in(login, password).who
        except Unauthorized as refused:
            print(refused)
            return 1
        clock = client.call(GetCustomer(customer=who.id)).clocks[0]
        return play(client, clock, float(seconds))


def play(client: Client, clock: str, seconds: float) -> int:
    try:
        # The session is renewed behind the game's back, and stops when the block is left, for whatever reason.
        with client.clock(clock).session(lease=timedelta(seconds=10), on_warn=warn) as session:
            print(f"You play. {session.left} left.", flush=True)
            session.sleep(seconds)  # the game; session.sleep and session.check end it when the time is up
    except OutOfTime:
        print("Your time is over. Buy more at the desk.")
        return 3
    except StaleSeq:
        print("You went on elsewhere.")
        return 4
    except SessionOver as over:
        print(over)
        return 5
    print(f"You played {session.session.used_ms / 1000:.1f} s.")
    return 0


def warn(left: timedelta) -> None:
    print(f"Only {left} left.", flush=True)


if __name__ == "__main__":
    if not sys.argv[4:]:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:5]))
