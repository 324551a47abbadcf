"""Webhooks, checked against the standard's own library in both directions."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from creditclock import BadSignature, verify_webhook

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ....").decode()
OTHER = "whsec_" + base64.b64encode(b"another one").decode()
ID = "evt_0000001000000000018"
BODY = json.dumps(
    {"id": ID, "type": "clock.low", "timestamp": "2026-11-20T09:30:00.000Z", "subject": "clk_1", "data": {"left_ms": 1}}
).encode()


def signed(
    body: bytes = BODY, secret: str = SECRET, at: datetime | None = None, identifier: str = ID
) -> dict[str, str]:
    at = at or datetime.now(UTC)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, at, body.decode()),
    }


def refused(headers: Mapping[str, str], body: bytes = BODY, secrets: str | list[str] = SECRET) -> str:
    with pytest.raises(BadSignature) as caught:
        verify_webhook(body, headers, secrets)
    assert str(caught.value).endswith(".")
    assert SECRET not in repr(caught.value)
    return caught.value.code


def test_what_the_standards_library_signs_is_an_event() -> None:
    event = verify_webhook(BODY, signed(), SECRET)
    assert (event.id, event.type, event.data) == (ID, "clock.low", {"left_ms": 1})


@given(st.binary(min_size=1, max_size=64), st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1))
def test_the_standards_library_agrees_on_every_secret_and_id(key: bytes, identifier: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = signed(secret=secret, identifier=identifier)
    timestamp = headers["webhook-timestamp"]
    digest = hmac.new(key, f"{identifier}.{timestamp}.".encode() + BODY, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert verify_webhook(BODY, headers, secret).id == ID
    Webhook(secret).verify(BODY.decode(), headers)


def test_headers_may_be_written_and_kept_in_any_way() -> None:
    headers = Message()
    for name, value in signed().items():
        headers[name.title()] = value
    assert verify_webhook(BODY, headers, SECRET).id == ID


def test_secrets_may_be_replaced_on_both_sides() -> None:
    both = signed() | {"webhook-signature": f"v1a,abc {signed(secret=OTHER)['webhook-signature']} v1,AAAA"}
    assert verify_webhook(BODY, both, [SECRET, OTHER]).id == ID
    assert verify_webhook(BODY, signed(), [OTHER, SECRET]).id == ID
    assert refused(both) == "bad_signature"


def test_what_was_changed_on_the_way_is_refused() -> None:
    headers = signed()
    assert refused(headers, BODY + b" ") == "bad_signature"
    assert refused(headers | {"webhook-id": "evt_2"}) == "bad_signature"
    assert refused(headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}) == "bad_signature"
    assert refused(headers | {"webhook-signature": "nonsense"}) == "bad_signature"
    assert refused(headers | {"webhook-signature": "v1,é"}) == "bad_signature"
    assert refused(headers, secrets=OTHER) == "bad_signature"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_what_is_not_signed_is_refused(missing: str) -> None:
    headers = {name: value for name, value in signed().items() if name != missing}
    assert refused(headers) == "missing_header"


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_what_is_old_or_of_the_future_is_refused(off: timedelta) -> None:
    headers = signed(at=datetime.now(UTC) + off)
    assert refused(headers) == "bad_timestamp"
    assert verify_webhook(BODY, headers, SECRET, tolerance=timedelta(hours=1)).id == ID


def test_secrets_that_are_none_are_named_as_such() -> None:
    assert refused(signed(), secrets="whsec_é") == "bad_secret"
    assert refused(signed(), secrets=[]) == "bad_secret"
    assert refused(signed(), secrets="") == "bad_secret"


def test_signed_nonsense_is_no_event() -> None:
    assert refused(signed(b"[]"), b"[]") == "bad_body"
