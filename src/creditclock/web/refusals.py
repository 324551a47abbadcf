"""Refusals: which problems an operation may answer with, and what each means to its caller.

The codes and titles are the contract's, the statuses those of `creditclock.web.problems`.
"""

from typing import Final, NamedTuple

from creditclock.contract import Operation, Urgency
from creditclock.web.problems import STATUS


class Meaning(NamedTuple):
    """What a caller does about a problem, and the members its document has beside the standard ones."""

    advice: str
    members: tuple[str, ...] = ()


MEANINGS: Final[dict[str, Meaning]] = {
    "already_done": Meaning(
        "The request with this key was carried out before, and its answer is not kept. Read the object `id`.", ("id",)
    ),
    "app_limit": Meaning("Remove apps, or ask the operator for a larger plan.", ("limit",)),
    "body_too_large": Meaning("Send less at once."),
    "busy": Meaning("Nothing was done. Send the same request again after `Retry-After`.", ("retry_after_s",)),
    "clock_step": Meaning("Nothing may start until the server's time is certain again. Try again in a minute."),
    "conversion_too_small": Meaning("Convert more at once; `least` says how much.", ("least",)),
    "cross_origin": Meaning(
        "Write from a page of this server, or name the site in the setting `origins`.", ("origin",)
    ),
    "customer_limit": Meaning("Remove customers, or ask the operator for a larger plan.", ("limit",)),
    "customer_removed": Meaning("Recover the customer first.", ("customer",)),
    "events_gone": Meaning("Read what you follow anew, then go on after the event `first`.", ("first",)),
    "forbidden": Meaning("Ask somebody who may, or use a key with the scope that is named."),
    "head_too_large": Meaning("Send a shorter address, and fewer or shorter headers."),
    "insufficient_credits": Meaning("Top the wallet up by `missing` minor units.", ("missing",)),
    "insufficient_time": Meaning("Buy at least `missing_ms` of time.", ("left_ms", "missing_ms")),
    "invalid": Meaning("Correct what the sentence names; `field` says where it stands.", ("field",)),
    "invalid_json": Meaning("Send JSON in UTF-8."),
    "key_reused": Meaning("Use a new key for a new request, and the same key only for the same request."),
    "instruction_unknown": Meaning("GET `/ewallet/instruction-set` lists all instructions.", ("key",)),
    "invalid_instruction": Meaning("Send a JSON object with the keys of the instruction; `key` is at fault.", ("key",)),
    "invalid_tokens": Meaning("Ask for a client id and a session token anew."),
    "login_taken": Meaning("Choose another login."),
    "malformed": Meaning("Send HTTP/1.1. A proxy that changes requests may be at fault."),
    "marked_for_removal": Meaning("Send RecoverAccount within 30 days."),
    "master_frozen": Meaning("Ask the operator of the installation. Reads work on."),
    "master_limit": Meaning("Ask the operator to make the business."),
    "method_not_allowed": Meaning("Use a method that `Allow` names.", ("allowed",)),
    "no_master": Meaning("Send AcquireMaster with the e-mail and the key code of the business."),
    "no_pauses_left": Meaning("Go on or stop the session.", ("pauses", "paused_ms")),
    "not_found": Meaning("Check the id. What belongs to another business or customer is not found either.", ("id",)),
    "not_refundable": Meaning(
        "Give back at most `refundable_ms`. `kept_ms` is what open sessions have begun: stop them to have the rest.",
        ("refundable_ms", "kept_ms"),
    ),
    "not_logged_in": Meaning("Send AccountLogin, or MasterAccountLogin."),
    "not_running": Meaning("Resume the session first.", ("session",)),
    "not_paused": Meaning("The session runs already; there is nothing to do.", ("session",)),
    "not_revivable": Meaning("Leave `revives` out and start a new session.", ("session",)),
    "out_of_range": Meaning("Move less at once: no number may exceed 2^53 − 1."),
    "parallel_limit": Meaning("Stop another session of the clock, or raise its `parallel`.", ("parallel", "open")),
    "plan_in_use": Meaning("Put the businesses on another plan first.", ("masters",)),
    "recovery_over": Meaning("Make a new customer."),
    "reference_used": Meaning("The payment was credited before, by `record`. Do nothing.", ("record",)),
    "second_factor_needed": Meaning("Send the same request again with `code`: that of the app, or a recovery code."),
    "second_factor_off": Meaning("Begin a second factor first."),
    "second_factor_on": Meaning("Remove the second factor first."),
    "self_transfer": Meaning("Name another payee."),
    "session_ended": Meaning("Stop using the time; start a new session to go on.", ("reason", "session")),
    "sign_in_failed": Meaning("Type login and password again. A customer also names the business."),
    "stale_seq": Meaning("Stop using the time: somebody else holds the session. Or take it over.", ("seq", "session")),
    "timer_state": Meaning("Start, resume or stop the timer first; `state` says how it is.", ("state",)),
    "too_many": Meaning("Remove some first, or use some up.", ("limit",)),
    "too_many_requests": Meaning(
        "Nothing was done. Wait as long as `Retry-After` says, then send the same request. Where `per` is given, more "
        "than `limit` operations a second came from that business, caller or source.",
        ("retry_after_s", "limit", "per"),
    ),
    "too_slow": Meaning("Send the whole request at once, over a new connection."),
    "unauthorized": Meaning("Sign in, or send a key that still works."),
    "unexpected": Meaning(
        "The fault is the server's and nothing was changed. Send the same request again, or report `request`.",
    ),
    "unsupported_media_type": Meaning("Send `Content-Type: application/json`."),
    "weak_password": Meaning("Choose a password that nobody guesses."),
    "webhook_disabled": Meaning("Enable the webhook first; `reason` says why it was disabled.", ("reason",)),
    "wrong_code": Meaning("Type the code that the app shows now; each works once. Or take a recovery code."),
    "wrong_password": Meaning("Type the password again."),
    "wrong_key_code": Meaning(
        "Ask the business for its key code: its owner, or the operator, sets it with `master.set_key_code`."
    ),
    "wrong_host": Meaning("Use a name of the server, or name this one in the setting `hosts`."),
}
"""Every code of the contract."""

_HELD: Final = ("stale_seq", "session_ended")
_SHOWN: Final = ("wrong_password", "too_many_requests")
_MOVED: Final = ("customer_removed", "insufficient_credits", "self_transfer", "out_of_range")
OWN: Final[dict[str, tuple[str, ...]]] = {
    "token.sign_in": ("sign_in_failed", "second_factor_needed", "too_many_requests", "unauthorized", "wrong_code"),
    "token.change_password": (*_SHOWN, "second_factor_needed", "weak_password", "wrong_code"),
    "second_factor.begin": (*_SHOWN, "second_factor_on"),
    "second_factor.confirm": ("second_factor_off", "second_factor_on", "too_many_requests", "wrong_code"),
    "second_factor.remove": (*_SHOWN, "second_factor_off", "wrong_code"),
    "app.create": ("app_limit",),
    "event.follow": ("events_gone",),
    "plan.remove": ("plan_in_use",),
    "customer.create": ("customer_limit", "login_taken", "weak_password"),
    "customer.change": ("customer_removed", "login_taken"),
    "customer.remove": ("customer_removed",),
    "customer.recover": ("customer_limit", "recovery_over"),
    "customer.reset_password": ("customer_removed", "weak_password"),
    "wallet.create": ("customer_removed", "too_many"),
    "wallet.top_up": ("customer_removed", "reference_used", "out_of_range"),
    "wallet.pay": _MOVED,
    "wallet.transfer": _MOVED,
    "clock.create": ("customer_removed", "too_many"),
    "clock.buy": ("customer_removed", "insufficient_credits", "conversion_too_small", "too_many", "out_of_range"),
    "clock.return": ("customer_removed", "not_refundable", "conversion_too_small", "out_of_range"),
    "clock.grant": ("customer_removed", "too_many", "out_of_range"),
    "session.start": ("customer_removed", "insufficient_time", "parallel_limit", "not_revivable"),
    "session.renew": _HELD,
    "session.pause": (*_HELD, "not_running", "no_pauses_left"),
    "session.resume": (*_HELD, "insufficient_time", "not_paused"),
    "session.stop": ("stale_seq",),
    "session.take_over": ("session_ended",),
    "supply_request.approve": ("already_done", "customer_removed", "out_of_range"),
    "supply_request.decline": ("already_done",),
    "master.create": ("login_taken", "weak_password"),
    "master.reset_password": ("weak_password",),
    "webhook.create": ("too_many",),
    "webhook.test": ("webhook_disabled",),
    "test_clock.get": ("not_found",),
    "test_clock.set": ("not_found", "out_of_range"),
}
"""The problems that only these operations have, beside those of every operation of their sort."""


def refusals_of(operation: Operation) -> tuple[str, ...]:
    """The codes of all problems that the operation may answer with, by status and then by name."""
    codes = {"busy", "invalid", "too_many_requests", "unexpected", *OWN.get(operation.name, ())}
    if "anyone" not in operation.by:
        codes |= {"unauthorized", "forbidden"}
    if _names_something(operation):
        codes.add("not_found")
    if operation.writes:
        codes |= {"body_too_large", "cross_origin", "invalid_json", "unsupported_media_type"}
    if takes_key(operation) and operation.name != "batch.run":
        codes |= {"key_reused", "already_done"}
    if operation.moves_value or operation.urgency in {Urgency.START, Urgency.RENEW}:
        codes.add("master_frozen")
    if operation.urgency == Urgency.START:
        codes.add("clock_step")
    return tuple(sorted(codes, key=lambda code: (STATUS[code], code)))


def takes_key(operation: Operation) -> bool:
    """Whether the operation takes an `Idempotency-Key`: every write but sign-in."""
    return operation.writes and operation.name != "token.sign_in"


def _names_something(operation: Operation) -> bool:
    fields = set(operation.command.__struct_fields__)
    return bool(operation.path_fields) or bool(fields & {"plan", "tariff", "wallet", "to_wallet", "to_customer"})
