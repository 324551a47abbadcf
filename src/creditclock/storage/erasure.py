"""Erasing: what is forgotten of a person after the lane has erased it, in portions (design section 5).

Each step is found in one snapshot and written in a transaction of its own, together with how far the erasing is: after
a crash it goes on there, and what was done twice does no harm. Nobody can add to what an erased customer left.
The books stay as they are, but for the salts of the journal: see docs/decisions/0031.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Table, delete, func, literal_column, or_, select, tuple_, update

from creditclock.contract.values import identify
from creditclock.domain.rows import Customer, Erasure
from creditclock.storage import schema
from creditclock.storage.dialect import Connection
from creditclock.storage.forgetting import Left, forget, left
from creditclock.storage.retention import REFUSED

NUMBERS: Final = 10
"""So many numbers of the journal are looked at for each row that may be changed at once."""
_ID: Final = re.compile(r"(?:cus|wal|clk)_[0-9a-f]{19}")


class Person(NamedTuple):
    """An erased customer with the numbers of what belongs to it, and all their ids."""

    customer: Customer
    accounts: tuple[int, ...]
    clocks: tuple[int, ...]
    ids: frozenset[str]

    @property
    def name(self) -> str:
        """The customer's id."""
        return identify("cus", self.customer.master, self.customer.id)


class Step(NamedTuple):
    """What is forgotten at once: the keys of rows, and how far the erasing is then."""

    before: Erasure
    after: Erasure
    tokens: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    salts: tuple[int, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    instructed: Left = Left()


def open_ones(connection: Connection, limit: int) -> list[Erasure]:
    """The erasures that aren't done, those asked for first."""
    table = schema.erasure
    statement = select(table).where(table.c.done_at.is_(None)).order_by(table.c.asked_at).limit(limit)
    return [Erasure._make(row) for row in connection.select(statement)]


def waiting(connection: Connection) -> tuple[int, int | None]:
    """How many erasures aren't done, and when the first of them was asked for."""
    table = schema.erasure
    where = table.c.done_at.is_(None)
    number, first = connection.select(select(func.count(), func.min(table.c.asked_at)).where(where))[0]
    return number, first


def person_of(connection: Connection, erasure: Erasure) -> Person:
    """Whom an erasure is about."""
    customer, wallet, clock = schema.customer, schema.wallet, schema.clock
    master = erasure.master
    found = connection.select(select(customer).where(customer.c.master_id == master, customer.c.id == erasure.id))
    wallets, clocks = (
        [row[0] for row in connection.select(select(each.c.id).where(_own(each, erasure)).order_by(each.c.id))]
        for each in (wallet, clock)
    )
    ids = {identify("cus", master, erasure.id)}
    ids |= {identify("wal", master, number) for number in wallets}
    ids |= {identify("clk", master, number) for number in clocks}
    return Person(Customer._make(found[0]), tuple(sorted([*wallets, *clocks])), tuple(clocks), frozenset(ids))


def is_over(erasure: Erasure) -> bool:
    """Whether only old versions of rows are left."""
    return erasure.stage >= len(_STAGES)


def next_step(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """The next step of an erasure that isn't over, with at most about `limit` rows."""
    return _STAGES[erasure.stage](connection, erasure, person, limit)


def carry_out(connection: Connection, step: Step) -> None:
    """Forget what a step names; nothing if somebody else did that meanwhile."""
    table, before = schema.erasure, step.before
    place = (table.c.master_id == before.master) & (table.c.id == before.id)
    still = (table.c.stage == before.stage, table.c.account == before.account, table.c.position == before.position)
    moved = update(table).where(place, *still, table.c.done_at.is_(None)).values(**_progress(step.after))
    if not connection.select(moved.returning(table.c.id)):
        return
    master = before.master
    if step.tokens:
        token = schema.token
        connection.run(delete(token).where(token.c.master_id == master, token.c.id.in_(step.tokens)))
    if step.notes:
        note = schema.note
        connection.run(delete(note).where(note.c.master_id == master, note.c.id.in_(step.notes)))
    if step.salts:
        journal = schema.journal
        rows = (journal.c.master_id == master) & journal.c.no.in_(step.salts)
        connection.run(update(journal).where(rows, journal.c.salt.is_not(None)).values(salt=None))
    if not step.instructed.is_empty:
        forget(connection, master, step.instructed)
    if step.answers:
        stored = schema.stored
        rows = (stored.c.master_id == master) & tuple_(stored.c.caller, stored.c.key).in_(step.answers)
        # Nothing was done: the same again may be refused again.
        connection.run(delete(stored).where(rows, stored.c.status == REFUSED))
        connection.run(update(stored).where(rows).values(body=None, digest=""))


def finish(connection: Connection, erasure: Erasure, now: int) -> None:
    """Note that nothing is left."""
    table = schema.erasure
    place = (table.c.master_id == erasure.master) & (table.c.id == erasure.id)
    connection.run(update(table).where(place, table.c.done_at.is_(None)).values(done_at=now))


def _progress(after: Erasure) -> dict[str, int]:
    return {"stage": after.stage, "account": after.account, "position": after.position}


def _next_stage(erasure: Erasure) -> Erasure:
    return erasure._replace(stage=erasure.stage + 1, account=0, position=0)


def _own(table: Table, erasure: Erasure) -> ColumnElement[bool]:
    return (table.c.master_id == erasure.master) & (table.c.customer == erasure.id)


def _of_tokens(connection: Connection, erasure: Erasure, _person: Person, limit: int) -> Step:
    """Its tokens, which have ended."""
    table = schema.token
    own = (table.c.master_id == erasure.master) & (table.c.principal == erasure.id)
    found = tuple(row[0] for row in connection.select(select(table.c.id).where(own).order_by(table.c.id).limit(limit)))
    return Step(erasure, erasure if len(found) == limit else _next_stage(erasure), tokens=found)


def _of_own_answers(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """The answers to itself and to the programs that it let sign in."""
    table = schema.stored
    own = or_(table.c.caller == person.name, table.c.caller.between(f"{person.name} ", f"{person.name} ~"))
    left = or_(table.c.body.is_not(None), table.c.digest != "")
    statement = select(table.c.caller, table.c.key).where(table.c.master_id == erasure.master, own, left).limit(limit)
    found = tuple((row[0], row[1]) for row in connection.select(statement))
    return Step(erasure, erasure if len(found) == limit else _next_stage(erasure), answers=found)


def _of_entries(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """The notes on the entries of its accounts, and the salts of the commands that made them."""
    account = _following(person.accounts, erasure.account)
    if account is None:
        return Step(erasure, _next_stage(erasure))
    table = schema.posting
    sides = [
        connection.select(
            select(table.c.id, table.c.entry, table.c.journal)
            .where(table.c.master_id == erasure.master, side == account, side >= literal_column("100"))
            .where(table.c.id > (erasure.position if account == erasure.account else 0))
            .order_by(table.c.id)
            .limit(limit)
        )
        for side in (table.c.debit, table.c.credit)
    ]
    full = [rows[-1][0] for rows in sides if len(rows) == limit]
    upto = min(full, default=None)
    found = [row for rows in sides for row in rows if upto is None or row[0] <= upto]
    after = erasure._replace(account=account + 1, position=0)
    if upto is not None:
        after = erasure._replace(account=account, position=upto)
    notes, salts = ({row[column] for row in found} for column in (1, 2))
    return Step(erasure, after, notes=tuple(notes), salts=tuple(salts))


def _of_sessions(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """The notes on its sessions."""
    clock = _following(person.clocks, erasure.account)
    if clock is None:
        return Step(erasure, _next_stage(erasure))
    table = schema.session
    statement = (
        select(table.c.id)
        .where(table.c.master_id == erasure.master, table.c.clock == clock)
        .where(table.c.id > (erasure.position if clock == erasure.account else 0))
        .order_by(table.c.id)
        .limit(limit)
    )
    found = tuple(row[0] for row in connection.select(statement))
    after = erasure._replace(account=clock + 1, position=0)
    if len(found) == limit:
        after = erasure._replace(account=clock, position=found[-1])
    return Step(erasure, after, notes=found)


def _following(numbers: tuple[int, ...], account: int) -> int | None:
    return next((number for number in numbers if number >= account), None)


def _of_journal(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """The salts of the commands that it gave, or that were about it, between its making and its end.

    The journal has no index but its numbers, whose instants rise with them: so windows of them are looked at.
    """
    table = schema.journal
    own = table.c.master_id == erasure.master
    first = erasure.position or first_since(connection, erasure.master, person.customer.created_at)
    last = connection.select(select(func.max(table.c.no)).where(own))[0][0] or 0
    window = (first, min(last, first + limit * NUMBERS - 1))
    at = connection.select(select(table.c.at).where(own, table.c.no == first))
    if not at or at[0][0] > erasure.asked_at:
        return Step(erasure, _next_stage(erasure))
    mine = (
        (table.c.caller == person.name)
        | table.c.subject.in_(sorted(person.ids))
        # The clock of a session stands in the facts of its start only.
        | (table.c.operation == "session.start")
    )
    rows = connection.select(
        select(table.c.no, table.c.caller, table.c.subject, table.c.detail).where(
            own, table.c.no.between(*window), table.c.salt.is_not(None), mine
        )
    )
    salts = tuple(row[0] for row in rows if row[1] == person.name or _tells(person, f"{row[2]} {row[3]}"))
    return Step(erasure, erasure._replace(position=window[1] + 1), salts=salts)


def first_since(connection: Connection, master: int, since: int) -> int:
    """The first number of a master's journal at or after an instant; the one after the last if there is none."""
    table = schema.journal
    own = table.c.master_id == master
    low, high = 1, (connection.select(select(func.max(table.c.no)).where(own))[0][0] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        if connection.select(select(table.c.at).where(own, table.c.no == middle))[0][0] < since:
            low = middle + 1
        else:
            high = middle
    return low


def _of_other_answers(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """The answers to others in which its ids stand: with them may stand its name, or a note."""
    table = schema.stored
    own = (table.c.master_id == erasure.master) & table.c.body.is_not(None)
    since = own & table.c.created_at.between(erasure.position, erasure.asked_at)
    page = connection.select(select(table.c.created_at).where(since).order_by(table.c.created_at).limit(limit))
    if not page:
        return Step(erasure, _next_stage(erasure))
    upto = page[-1][0]
    rows = connection.select(
        select(table.c.caller, table.c.key, table.c.subject, table.c.body).where(
            own, table.c.created_at.between(erasure.position, upto)
        )
    )
    # An answer to the erasing itself tells nothing any more.
    blank = f'"login":"{person.name}"'
    told = [row for row in rows if _tells(person, f"{row[2]} {row[3]}") and blank not in row[3]]
    return Step(erasure, erasure._replace(position=upto + 1), answers=tuple((row[0], row[1]) for row in told))


def _of_instructions(connection: Connection, erasure: Erasure, person: Person, limit: int) -> Step:
    """What the instruction set keeps of it; looked for anew until nothing is left."""
    found = left(connection, erasure.master, erasure.id, person.accounts, limit)
    return Step(erasure, _next_stage(erasure) if found.is_empty else erasure, instructed=found)


def _tells(person: Person, text: str) -> bool:
    return not person.ids.isdisjoint(_ID.findall(text))


_STAGES: Final[tuple[Callable[[Connection, Erasure, Person, int], Step], ...]] = (
    _of_tokens,
    _of_own_answers,
    _of_entries,
    _of_sessions,
    _of_journal,
    _of_other_answers,
    _of_instructions,
)
