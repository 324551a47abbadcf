"""A program that runs on an account's clock, over the instruction set: started, paused, stopped, and told what it took.

    INSTRUCTIONS_KEY=… INSTRUCTIONS_PASSWORD=… python instructions.py http://127.0.0.1:8400 MASTER ACCOUNT

Master and account are named by their e-mails. The key is the key code of the master, the password that of the account.
The server was started with `--instruction-set on`.
"""

import os
import sys
import time

from creditclock.instructions import Client, InstructionRefused


def main(url: str, master: str, account: str) -> int:
    with Client(url).connect() as client:
        try:
            client.acquire_master(master=master, key=os.environ["INSTRUCTIONS_KEY"])
            client.account_login(user_email=account, user_pass=os.environ["INSTRUCTIONS_PASSWORD"])
            work(client)
            client.account_logout()
        except InstructionRefused as refused:
            print(f"{refused.label}: {refused.message} ({refused.code})", flush=True)
            return 1
    return 0


def work(client: Client) -> None:
    clock = client.view_credit_clock().clock_data
    print(f"{clock.reference}: {clock.credit_clock} minutes", flush=True)
    client.start_clock_timer()
    time.sleep(0.2)  # your work stands here
    client.pause_clock_timer()
    time.sleep(0.2)  # a break, which costs nothing
    client.resume_clock_timer()
    stopped = client.stop_clock_timer()
    print(f"took {stopped.minutes_spent} minutes, paused {stopped.pending_count} time(s)", flush=True)


if __name__ == "__main__":
    if not sys.argv[3:] or not {"INSTRUCTIONS_KEY", "INSTRUCTIONS_PASSWORD"} <= os.environ.keys():
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:4]))
