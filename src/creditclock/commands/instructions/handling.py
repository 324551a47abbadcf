"""Handling: what every instruction goes through before and after its own part.

Who may send it is checked in the order of `Needs`; timers of its session are kept alive whether it is carried out or
refused; what it answers are the exact keys of the protocol.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from creditclock.commands.handling import HANDLERS, Tx
from creditclock.commands.instructions.profiles import bring
from creditclock.commands.instructions.timers import keep_timers
from creditclock.contract import Refusal
from creditclock.contract.instructions import INSTRUCTIONS, Instruct, Needs
from creditclock.contract.instructions.wording import MINUTE_MS, minutes
from creditclock.domain.access import Caller
from creditclock.domain.rows import ClientToken, Customer, CustomerProfile, Master, SessionToken, Visit
from creditclock.queries.source import ident, sure

C = TypeVar("C", bound=Instruct[Any])
Answer = dict[str, Any]
LEVEL: Final = "session-manager"
LEFT: Final = 0
"""Stands for the client of a visit that is over, because its client has released the master."""
OUTSIDE: Final = 0
"""The scope of what has no master yet."""


class Guest(NamedTuple):
    """An account at work: the command, its visit, the customer with its profile."""

    tx: Tx
    visit: Visit
    customer: Customer
    profile: CustomerProfile


class Tokens(NamedTuple):
    """A client at work: the command in scope 0, its client id and, where it sent one, its session token."""

    tx: Tx
    client: ClientToken
    session: SessionToken | None


def instructs(command: type[C]) -> Callable[[Callable[[Any, C], Answer]], Callable[[Any, C], Answer]]:
    """Declare the handler of an instruction; what it is given first depends on what the instruction needs.

    A `Guest` for what needs an account, `Tokens` for what needs tokens, and the command alone for the rest.
    """
    row = INSTRUCTIONS[command.__name__]

    def enter(handler: Callable[[Any, C], Answer]) -> Callable[[Any, C], Answer]:
        def handle(tx: Tx, given: C) -> Answer:
            before = (tx.rows.next_event, tx.rows.next_id)
            caller = tx.caller
            keep_timers(tx)
            try:
                answer = handler(_given(tx, row.needs), given)
            except Refusal as refusal:
                tx.caller = caller
                answer = _refused_but_kept(tx, _worded(tx, refusal))
            if row.looks or answer.get("failed"):
                tx.quiet = (tx.rows.next_event, tx.rows.next_id) == before
            return answer

        assert command not in HANDLERS, command
        HANDLERS[command] = handle
        return handler

    return enter


def refused(refusal: Refusal) -> Answer:
    """A refusal as the protocol answers it: one sentence, and the code that programs can go by."""
    kind = "error" if refusal.data.get("kind") == "error" else "warning"
    if refusal.data.get("bare"):
        return {"failed": True, kind: refusal.detail}
    return {"failed": True, kind: refusal.detail, "level": LEVEL, "details": refusal.code}


def visit_of(tx: Tx) -> Visit:
    """What the session does in this master; nothing yet if it is its first instruction.

    Refuses `no_master` where the master was removed.
    """
    if tx.rows.lane.removed_at is not None:
        raise Refusal("no_master", "The acquired master was removed. Send AcquireMaster for another one.")
    caller = tx.caller
    found = tx.get(Visit, caller.id)
    assert caller.token is not None
    if found is not None and found.client == LEFT:
        raise Refusal("no_master", "This client has released the master. Send AcquireMaster first.")
    return found or Visit(tx.master, caller.id, caller.token, None, "", "", tx.now)


def as_customer(tx: Tx, customer: int) -> None:
    """Let the rest of the command be a customer's: the handlers of the operations look whose things they are."""
    name = ident(tx, "cus", customer)
    tx.caller = Caller(tx.master, "customer", customer, "customer", frozenset(), name, -1, None)


def guest_of(tx: Tx, *, flagged: bool = False) -> Guest:
    """The account that is logged in. Refuses `not_logged_in`; unless `flagged` ones may, `marked_for_removal` too.

    An account that the business removed is refused as `customer_removed` then.
    """
    visit = visit_of(tx)
    if visit.customer is not None:
        bring(tx, visit.customer)
    profile = None if visit.customer is None else sure(tx, CustomerProfile, visit.customer)
    if profile is None or profile.session != visit.id:
        raise Refusal("not_logged_in", "No account is logged in in this session. Send AccountLogin first.")
    customer = sure(tx, Customer, profile.id)
    if customer.erased_at is not None:
        raise Refusal("not_logged_in", "This account was removed. Log in with another one.")
    if customer.removed_at is not None and not flagged:
        check_not_sent_away(customer, profile)
        raise Refusal("marked_for_removal", "This account is marked for removal. Send RecoverAccount first.")
    as_customer(tx, customer.id)
    return Guest(tx, visit, customer, profile)


def check_not_sent_away(customer: Customer, profile: CustomerProfile) -> None:
    """Refuse (`customer_removed`) whom the business removed: it alone brings such a customer back."""
    if customer.removed_at is not None and not profile.has_left:
        raise Refusal("customer_removed", "The master has removed this account. Ask it to bring the account back.")


def tokens_of(tx: Tx) -> Tokens:
    """The client id and session token of the command, which work. Refuses `invalid_tokens`."""
    zero = tx if tx.master == OUTSIDE else tx.within(tx.sets[OUTSIDE])
    caller = tx.caller
    client = zero.get(ClientToken, caller.token) if caller.token else None
    session = zero.get(SessionToken, caller.id) if caller.id else None
    if client is None or not works(client, tx.now):
        raise invalid_tokens("The client id is unknown or has expired. Send RequestClientID for a new one.")
    if session is not None and (not works(session, tx.now) or session.client != client.id):
        raise invalid_tokens("The session token is unknown or has expired, or is another client's.")
    return Tokens(zero, client, session)


def inside(tx: Tx, master: int) -> Tx:
    """The command in another of its masters.

    Refuses `unauthorized` where the client went there only a moment ago: its instruction is sent again then.
    """
    if master not in tx.masters:
        raise Refusal("unauthorized", "This client was used elsewhere in the same moment. Send the instruction again.")
    return tx.within(tx.sets[master])


def works(token: ClientToken | SessionToken, now: int) -> bool:
    """Whether a token is still to be used."""
    return token.removed_at is None and now < token.valid_until


def invalid_tokens(details: str) -> Refusal:
    """The refusal of a token, which isn't repeated."""
    return Refusal("invalid_tokens", f"Invalid client id or session token. {details}", kind="error")


def _given(tx: Tx, needs: Needs) -> Any:  # noqa: ANN401 - what a handler is given depends on what it needs
    match needs:
        case Needs.ACCOUNT:
            return guest_of(tx)
        case Needs.TOKENS:
            return tokens_of(tx)
        case _:
            return tx


def _worded(tx: Tx, refusal: Refusal) -> Refusal:
    """The same refusal for clients that count whole credits and minutes."""
    data = refusal.data
    if refusal.code == "insufficient_credits" and isinstance(missing := data.get("missing"), int):
        unit = 10 ** sure(tx, Master, 0).exponent
        return Refusal(refusal.code, f"{-(-missing // unit)} credits are missing in this wallet. Get some first.")
    if refusal.code == "not_refundable" and isinstance(most := data.get("refundable_ms"), int):
        return Refusal(refusal.code, f"Only {most // MINUTE_MS} whole minutes of this clock can be converted.")
    if refusal.code == "insufficient_time" and isinstance(missing := data.get("missing_ms"), int):
        return Refusal(refusal.code, f"{minutes(missing)} minutes are missing on this clock. Convert credits first.")
    return refusal


def _refused_but_kept(tx: Tx, refusal: Refusal) -> Answer:
    """The answer of a refusal that drops what the instruction changed, but not that its timers are kept alive."""
    for master in tx.masters:
        tx.sets[master].undo()
    tx.kept.clear()
    tx.subject, tx.detail = "", {}
    if not keep_timers(tx):
        raise refusal
    return refused(refusal)
