"""Problems: refusals as RFC 9457 documents; the only place where codes meet HTTP numbers."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from creditclock.contract import TITLES, Refusal
from creditclock.logs import CURRENT
from creditclock.storage.dialect import Conflict, Lost, Unusable

STATUS: Final[dict[str, int]] = {
    "already_done": 409,
    "app_limit": 409,
    "body_too_large": 413,
    "busy": 503,
    "clock_step": 503,
    "conversion_too_small": 422,
    "cross_origin": 403,
    "customer_limit": 409,
    "customer_removed": 409,
    "events_gone": 410,
    "forbidden": 403,
    "head_too_large": 431,
    "instruction_unknown": 404,
    "insufficient_credits": 402,
    "insufficient_time": 402,
    "invalid": 422,
    "invalid_instruction": 422,
    "invalid_json": 400,
    "invalid_tokens": 401,
    "key_reused": 422,
    "login_taken": 409,
    "malformed": 400,
    "marked_for_removal": 409,
    "master_frozen": 403,
    "master_limit": 409,
    "method_not_allowed": 405,
    "no_master": 409,
    "no_pauses_left": 409,
    "not_found": 404,
    "not_logged_in": 401,
    "not_paused": 409,
    "not_refundable": 409,
    "not_revivable": 409,
    "not_running": 409,
    "out_of_range": 422,
    "parallel_limit": 409,
    "plan_in_use": 409,
    "recovery_over": 409,
    "reference_used": 409,
    "second_factor_needed": 401,
    "second_factor_off": 409,
    "second_factor_on": 409,
    "self_transfer": 422,
    "session_ended": 409,
    "sign_in_failed": 401,
    "stale_seq": 409,
    "timer_state": 409,
    "too_many": 409,
    "too_many_requests": 429,
    "too_slow": 408,
    "unauthorized": 401,
    "unexpected": 500,
    "unsupported_media_type": 415,
    "weak_password": 422,
    "webhook_disabled": 409,
    "wrong_code": 401,
    "wrong_host": 421,
    "wrong_key_code": 403,
    "wrong_password": 403,
}
"""The HTTP status of every code."""

UNEXPECTED: Final = Refusal(
    "unexpected",
    "Something went wrong on our side. Send the same request with the same Idempotency-Key again: "
    "it is never carried out twice. Report the id in `request` if it stays.",
)
UNREACHABLE: Final = Refusal(
    "busy", "The database can't be reached right now; nothing was changed. Try again in a second.", retry_after_s=1
)
_encode: Final = msgspec.json.Encoder().encode


def unusable(trouble: Exception) -> Refusal:
    """The refusal while the database can't be used: `trouble` says why."""
    return Refusal("busy", f"Nothing was changed. {trouble}", retry_after_s=5)


def refusal_for(error: Exception) -> Refusal:
    """The refusal for what went wrong while something was answered."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Unusable):
        return unusable(error)
    return UNREACHABLE if isinstance(error, Conflict | Lost) else UNEXPECTED


def problem(refusal: Refusal) -> tuple[int, bytes]:
    """The status and the document of a refusal; its data become members of the document.

    So does the id of the request, unless the refusal is one of before, which keeps its own.
    """
    code = refusal.code
    status = STATUS[code]
    data = refusal.data
    exchange = CURRENT.get()
    if exchange is not None:
        exchange.codes.append(code)
        data = data if "request" in data else data | {"request": exchange.id}
    document: dict[str, Any] = {
        "type": f"/docs#problem-{code}",
        "title": TITLES[code],
        "status": status,
        "detail": refusal.detail,
        "code": code,
    }
    return status, _encode({**data, **document})


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    """The headers that a refusal brings: when to try again, which methods there are, how to sign in."""
    headers: list[tuple[bytes, bytes]] = []
    if (seconds := refusal.data.get("retry_after_s")) is not None:
        headers.append((b"retry-after", str(seconds).encode()))
    if allowed := refusal.data.get("allowed"):
        headers.append((b"allow", str(allowed).encode()))
    if refusal.code == "unauthorized":
        headers.append((b"www-authenticate", b"Bearer"))
    return headers


async def refuse(send: Callable[[MutableMapping[str, Any]], Awaitable[None]], refusal: Refusal) -> None:
    """Answer a request with a refusal."""
    status, body = problem(refusal)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *headers_of(refusal),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
