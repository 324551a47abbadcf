"""Finishing: what an answer lacks that isn't in the lane: labels of tokens, long lists, events."""

from typing import Any, Final, NamedTuple, cast

import msgspec

from creditclock.contract.instructions import Instruction
from creditclock.queries import instructions as asked
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.instructions.visitors import label_of
from creditclock.web.server import Server

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode
Answer = dict[str, Any]
_LABELLED: Final = ("Check", "CTokenKeepAlive", "STokenKeepAlive", "AcquireMaster", "ReleaseMaster", "InspectCToken")
_READ: Final = frozenset(
    {
        "EventPoll",
        "InspectCTokens",
        "InspectSubPool",
        "MasterEditAccount",
        "MasterEventPoll",
        "MasterRecoverAccount",
        "MasterViewAccount",
        "MasterViewLogin",
        "MasterViewLogout",
        "ViewLoginRecords",
        "ViewLogoutRecords",
    }
)
"""Labels of instructions whose answers are read beside the lane in part."""


class Finished(NamedTuple):
    """A whole answer; where nothing was found, `seen` is the number of the event up to which that is so."""

    body: bytes
    seen: int | None = None


async def finished(server: Server, instruction: Instruction, master: int, given: str, body: bytes) -> Finished:
    """The whole answer; `given` is the token that was sent, `master` the one in which the instruction worked."""
    label = instruction.label
    if not (label in _READ or label.startswith(_LABELLED)):
        return Finished(body)
    answer = _decode(body)
    if answer["failed"]:
        return Finished(body)
    seen = await server.in_thread(lambda: _read(server, master, answer)) if label in _READ else None
    return Finished(_encode(_labelled(server, given, answer)), seen)


def _read(server: Server, master: int, answer: Answer) -> int | None:
    """Put in what is read; gives how far events were looked through where none was found."""
    with server.database.reading() as connection:
        lane = lane_of(connection, master)
        if lane is None:
            return None
        snapshot = Snapshot(connection, lane, server.time.now(), ())
        for kind in ("login", "logout"):
            if place := answer.get(f"{kind}_records"):
                answer[f"{kind}_records"] = asked.attendance(snapshot, kind, place["principal"])
        if "subpool" in answer:
            answer["subpool"] = asked.pool(snapshot)
        if "account_data" in answer:
            answer["account_data"]["subordonate_pool"] = asked.pool(snapshot)
        if "events" in answer:
            polled = asked.events(snapshot, **answer["events"])
            answer["events"], answer["more"] = polled.events, polled.more
            return None if polled.events else polled.upto
    return None


def _labelled(server: Server, given: str, value: Any) -> Any:  # noqa: ANN401 - any part of an answer
    """The same with the labels of tokens in their places; an answer is a few levels deep."""
    if isinstance(value, list):
        return [_labelled(server, given, one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    found = cast("dict[Any, Any]", value)
    if found.keys() == {"label"} and isinstance(found["label"], list):
        prefix, key, salt = cast("tuple[str, int, str]", found["label"])
        return label_of(server, prefix, key, salt)
    if found == {"given": True}:
        return given
    return {key: _labelled(server, given, one) for key, one in found.items()}
