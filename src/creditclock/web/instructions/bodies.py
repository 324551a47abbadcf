"""Bodies of the instruction set: read whatever their content type says, answered as JSON."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, cast

import msgspec

from creditclock.contract import Refusal
from creditclock.web.bodies import Held

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_decode: Final = msgspec.json.Decoder().decode


async def body_of(scope: Scope, receive: Receive, held: Held) -> bytes:
    """The whole body. Raises a Refusal `body_too_large`, `busy` or `invalid_json`."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            held.check(int(value))
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal("invalid_json", "The body ended too early. Send all of it.", kind="error")
        piece = message.get("body", b"")
        held.add(len(piece))
        body += piece
        if not message.get("more_body"):
            return bytes(body)


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; empty for an empty body, `null`, `[]` and `{}`. Raises a Refusal `invalid_json`."""
    if not body.strip():
        return {}
    try:
        found = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(
            "invalid_json", f"The body is no valid JSON: {error}. Send a JSON object.", kind="error"
        ) from None
    if found is None or found == []:
        return {}
    if not isinstance(found, dict):
        raise Refusal("invalid_instruction", "An instruction set is a JSON object. Send one.", kind="error")
    return cast("dict[str, Any]", found)


async def answer_with(send: Send, body: bytes, *, is_head: bool) -> None:
    """Send an answer with status 200."""
    headers = [(b"content-length", str(len(body)).encode()), *_HEADERS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
