"""Refusals: what the server answers when it will not do a thing (design section 6).

Every refusal has a stable code, a sentence that states the fact and says what to do next, and data.
The HTTP status of a code is chosen at the edge (`creditclock.web.problems`).
"""

from typing import Final

TITLES: Final[dict[str, str]] = {
    "already_done": "This was done before",
    "app_limit": "The plan allows no more apps",
    "body_too_large": "The body is too large",
    "busy": "The server is busy",
    "clock_step": "The server's clock jumped",
    "conversion_too_small": "The conversion would give nothing",
    "cross_origin": "The page is of another site",
    "customer_limit": "The plan allows no more customers",
    "customer_removed": "The customer was removed",
    "events_gone": "Events are no longer kept",
    "forbidden": "Not allowed",
    "head_too_large": "The request's head is too large",
    "insufficient_credits": "Not enough credits",
    "insufficient_time": "Not enough time",
    "invalid": "The request is not valid",
    "invalid_json": "The body is not valid JSON",
    "instruction_unknown": "There is no such instruction",
    "invalid_instruction": "The instruction is not valid",
    "invalid_tokens": "The client id or session token does not work",
    "key_reused": "The idempotency key was used for another request",
    "login_taken": "The login is taken",
    "malformed": "This is no HTTP request",
    "marked_for_removal": "The account is marked for removal",
    "master_frozen": "The business is frozen",
    "master_limit": "The business may make no more others",
    "method_not_allowed": "The method is not allowed here",
    "no_master": "No master was acquired",
    "no_pauses_left": "No pauses are left",
    "not_found": "There is no such thing",
    "not_logged_in": "Nobody is logged in",
    "not_refundable": "More than can be given back",
    "not_running": "The session is not running",
    "not_paused": "The session is not paused",
    "not_revivable": "The session cannot be continued",
    "out_of_range": "The result is out of range",
    "plan_in_use": "Businesses are on the plan",
    "parallel_limit": "No parallel place is free",
    "recovery_over": "The customer can no longer be recovered",
    "reference_used": "The reference was used before",
    "second_factor_needed": "A code of the second factor is needed",
    "second_factor_off": "The second factor is off",
    "second_factor_on": "The second factor is on already",
    "self_transfer": "Payer and payee are the same",
    "session_ended": "The session has ended",
    "sign_in_failed": "The login or the password is wrong",
    "stale_seq": "The session has another holder",
    "too_many": "There are too many",
    "too_many_requests": "Too many requests",
    "too_slow": "The request came too slowly",
    "unauthorized": "Sign in first",
    "unexpected": "Something went wrong",
    "unsupported_media_type": "The content type is not supported",
    "weak_password": "The password is easy to guess",
    "timer_state": "The clock's timer is in another state",
    "webhook_disabled": "The webhook is disabled",
    "wrong_code": "The code is wrong",
    "wrong_host": "The server is not reached by this name",
    "wrong_key_code": "The key code is wrong",
    "wrong_password": "The password is wrong",
}
"""Every code and its title. A code never changes its meaning."""


class Refusal(Exception):  # noqa: N818 - it states a fact, and is no failure of ours
    """A request that is not carried out, and why.

    `code` is a key of `TITLES`, `detail` a sentence for people, `data` JSON values that help a program
    (`missing`, `left_ms`, `session`, …).
    """

    def __init__(self, code: str, detail: str, **data: object) -> None:
        assert code in TITLES, code
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.data = data

    def __str__(self) -> str:
        """The sentence for people."""
        return self.detail
