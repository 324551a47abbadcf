"""`creditclock event follow`: what happens, a line each, as it happens."""

import argparse
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec

from creditclock.cli import instants
from creditclock.cli.amounts import Money
from creditclock.cli.currency import money_of_business
from creditclock.cli.login import connect
from creditclock.cli.render import cell, label

if TYPE_CHECKING:
    from creditclock.client import Client

_UNTOLD: Final = frozenset({"seq", "burn_rate", "record", "lease_until", "started_at", "ended_at", "holder"})
"""What a line leaves out; `--json` has it."""


def follow(given: dict[str, Any], arguments: argparse.Namespace) -> int:
    """Print events until Ctrl-C, or until whoever reads has enough."""
    with connect(arguments) as client:
        money: Money | None = None
        if not arguments.json:
            money = money_of_business(client)
        _print(client, given, money, as_json=arguments.json)
    return 0


def _print(client: "Client", given: dict[str, Any], money: Money | None, *, as_json: bool) -> None:
    with client.events(given.get("kinds"), after=given.get("after")) as events:
        if not as_json and sys.stderr.isatty():
            print("Waiting for what happens. Ctrl-C ends it.", file=sys.stderr)
        for event in events:
            if as_json:
                print(msgspec.json.encode(event).decode(), flush=True)
                continue
            said = [
                f"{label(name)} {cell(name, value, money)}"
                for name, value in event.data.items()
                if value is not None and name not in _UNTOLD
            ]
            at = instants.spelled(event.timestamp)
            print(f"{at}  {event.type:<18}  {event.subject}  {', '.join(said)}", flush=True)
