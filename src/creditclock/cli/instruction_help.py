"""What people are told about the parameters of `instruction run`: their names mean something else in other commands."""

from collections.abc import Iterator
from typing import Final

from creditclock.contract.instructions.system import SYSTEM

NAME: Final = "instruction.run"
EXAMPLE: Final = "FreezeMaster"
_HELP: Final = {
    "master_id": "a business, by its id mas_… or its number",
    "master_ids": "businesses, by their ids mas_… or their numbers, with commas between",
    "increase_by": "by how many accounts (10 if left out)",
    "decrease_by": "by how many accounts (10 if left out)",
    "session_id": "the number of a session",
    "client_id": "a client id, as a client got it",
    "session_token": "a session token, as a client got it",
    "worker_id": "the number of a worker",
    "limit": "how many workers are shown at most",
    "reference": "ignored",
    "in_port": "ignored",
    "out_port": "ignored",
}


def told(name: str) -> str | None:
    """What a parameter is, and which instructions take it; None for one that is told as everywhere."""
    if name == "label":
        return f"one of {', '.join(_labels())}"
    takers = [found.label for found in SYSTEM.values() if name in found.parameters]
    return f"{_HELP[name]}; of {', '.join(takers)}" if name in _HELP else None


def _labels() -> Iterator[str]:
    for found in SYSTEM.values():
        yield f"{found.label} (also {', '.join(found.aliases)})" if found.aliases else found.label
