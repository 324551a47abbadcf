"""Finding the instruction that a body names."""

from collections.abc import Iterator, Mapping
from typing import Final

from creditclock.contract.errors import Refusal
from creditclock.contract.instructions.instruction import INSTRUCTIONS, Instruction

Path = tuple[str, ...]


def find(body: Mapping[str, object]) -> Instruction:
    """The instruction that `body` names; without a `controller` it is one of the client's.

    Each value names the next key: `action` is "view", `view` is "account".

    Refused: `forbidden` for the controller `system`; `invalid_instruction` for a key that is missing or no text;
    `instruction_unknown` for a value that names nothing. The data has `kind`, always "error", and `key`, the key at
    fault; `bare` says that the protocol answers the sentence alone.
    """
    controller = "client" if body.get("controller") is None else _text(body, "controller")
    if controller == "system":
        raise Refusal(
            "forbidden",
            "Instructions of the system are not carried out here. The operator runs `creditclock instruction`.",
            kind="error",
            key="controller",
            bare=True,
        )
    path = _step((), "controller", controller)
    key = _text(body, "ctype")
    path = _step(path, "ctype", key)
    # The next value is read only while the path leads on: `master` of AcquireMaster is an e-mail, not a target.
    # It leads on at most as far as the longest selector.
    while True:
        value = _text(body, key)
        path = _step(path, key, value)
        found = _TABLE[path]
        if found is not None:
            return found
        key = value


def _text(body: Mapping[str, object], key: str) -> str:
    value = body.get(key)
    if isinstance(value, str):
        return value
    fact = "is missing" if value is None else "is no text"
    raise Refusal(
        "invalid_instruction",
        f"`{key}` {fact}, so no instruction is named: GET the path of this request to see all of them.",
        kind="error",
        key=key,
    )


def _step(path: Path, key: str, value: str) -> Path:
    longer = (*path, value)
    if longer not in _TABLE:
        # What was sent may be a password in the wrong place: it isn't repeated.
        raise Refusal(
            "instruction_unknown",
            f"There is no instruction with this `{key}`: GET the path of this request to see all of them.",
            kind="error",
            key=key,
        )
    return longer


def _entries() -> Iterator[tuple[Path, Instruction | None]]:
    """Every path, with the instruction it ends at, or nothing where it leads on."""
    for found in INSTRUCTIONS.values():
        values = [value for value in found.selector.values() if value is not None]
        path = (found.controller, found.ctype, *values)
        yield from ((path[:length], None) for length in range(1, len(path)))
        yield path, found


_TABLE: Final[dict[Path, Instruction | None]] = dict(_entries())
