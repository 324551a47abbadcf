"""Webhooks: whether a message that came in is from the server and new (Standard Webhooks)."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from creditclock.client.errors import BadSignature
from creditclock.contract.events import Event

TOLERANCE: Final = timedelta(minutes=5)
_PREFIX: Final = "whsec_"
_ID: Final = "webhook-id"
_TIMESTAMP: Final = "webhook-timestamp"
_SIGNATURE: Final = "webhook-signature"
_LONGEST: Final = 10_000


class Headers(Protocol):
    """The headers of a request: a dictionary, or what the frameworks have for it."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Names and values."""
        ...


def verify_webhook(
    body: bytes,
    headers: Headers,
    secrets: str | Sequence[str],
    tolerance: timedelta = TOLERANCE,
) -> Event:
    """The event in a webhook's request. `body` is the body as it came, byte for byte.

    While a secret is being replaced give the old one and the new one. The same event may come more than once:
    remember its `id`. Raises `BadSignature` for what isn't from the server, or isn't from now.
    """
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in (_ID, _TIMESTAMP, _SIGNATURE) if not given.get(name)]
    if missing:
        raise BadSignature("missing_header", f"The request has no {', '.join(missing)}: it isn't a signed webhook.")
    identifier, timestamp = given[_ID], given[_TIMESTAMP]
    # The signature comes first: who can't sign is told nothing about clocks.
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise BadSignature("bad_secret", "There is no secret to check the signature with.")
    _check_signature(keys, f"{identifier}.{timestamp}.".encode() + body, given[_SIGNATURE])
    _check_time(timestamp, tolerance)
    try:
        return msgspec.json.decode(body, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature("bad_body", f"The request is signed, but its body is no event ({error}).") from error


def _check_signature(keys: Sequence[bytes], signed: bytes, header: str) -> None:
    expected = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in keys]
    given = [part.partition(",") for part in header[:_LONGEST].split()]
    sent = [value.encode() for version, _, value in given if version == "v1"]
    if not sent:
        raise BadSignature("bad_signature", "The webhook-signature has no signature of the version v1.")
    # Each is compared with each, so that the time it takes tells nothing.
    matches = [hmac.compare_digest(one, other) for one in expected for other in sent]
    if not any(matches):
        raise BadSignature(
            "bad_signature",
            "The signature doesn't fit: another secret, or the body was changed on the way. Give the body as it came.",
        )


def _check_time(timestamp: str, tolerance: timedelta) -> None:
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:  # noqa: PLR2004 - seconds until 33 658
        raise BadSignature("bad_timestamp", "The webhook-timestamp is no number of seconds.")
    off = int(time.time()) - int(timestamp)
    if abs(off) > tolerance.total_seconds():
        when = "old" if off > 0 else "ahead of this machine's clock"
        raise BadSignature("bad_timestamp", f"The message is {abs(off)} s {when}: it may have been sent again.")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise BadSignature("bad_secret", "The secret isn't one: it looks like whsec_ and base64 after it.")
    return key
