"""The books: every balance, lot, used part and computed end recomputed from the postings (design section 5)."""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import func, select, text

from creditclock.contract.values import identify
from creditclock.domain.drafts import State
from creditclock.domain.lots import burn_order
from creditclock.domain.readings import next_check, parts
from creditclock.domain.rows import Clock, Lane
from creditclock.storage import schema
from creditclock.storage.dialect import Connection, Unanswered
from creditclock.storage.fetching import Need, fetch
from creditclock.storage.progress import Tell, unheard
from creditclock.storage.relations import LIVE_LOTS, OPEN_SESSIONS
from creditclock.storage.working_set import WorkingSet

T = TypeVar("T")
PAGE: Final = 500
TOLD_EVERY: Final = 100
MOST: Final = 1_000
"""After this many findings a check stops looking: something is thoroughly wrong."""


class _Ended(NamedTuple):
    """What the check of used parts needs of an ended session."""

    master_id: int
    clock: int
    end_no: int
    id: int
    burned: int
    used: int


_MOVED: Final = """
    SELECT master_id, account, sum(amount) AS amount FROM (
        SELECT master_id, credit AS account, amount FROM posting
        UNION ALL SELECT master_id, debit, -amount FROM posting
    ) AS moved GROUP BY master_id, account
"""
_BALANCES: Final = f"""
    SELECT a.master_id, CASE a.kind WHEN 'wallet' THEN 'wal' ELSE 'clk' END, a.id, a.balance, coalesce(m.amount, 0)
    FROM account AS a LEFT JOIN ({_MOVED}) AS m ON m.master_id = a.master_id AND m.account = a.id
    WHERE a.balance IS NOT NULL AND a.balance <> coalesce(m.amount, 0)
"""  # noqa: S608 - our own text
_SUMS: Final = f"""
    SELECT a.master_id, 'mas', 0, a.unit, sum(m.amount) FROM ({_MOVED}) AS m
    JOIN account AS a ON a.master_id = m.master_id AND a.id = m.account
    GROUP BY a.master_id, a.unit HAVING sum(m.amount) <> 0
"""  # noqa: S608 - our own text

_RECORDS: Final = """
    SELECT r.master_id, 'rec', r.entry, r.no, r.kind,
        CASE r.kind WHEN 'conversion' THEN r.ms ELSE r.credits END, coalesce(p.amount, 0)
    FROM sheet_record AS r
    JOIN master AS m ON m.master_id = r.master_id
    LEFT JOIN (
        SELECT master_id, entry, unit, sum(amount) AS amount FROM posting GROUP BY master_id, entry, unit
    ) AS p ON p.master_id = r.master_id AND p.entry = r.entry
        AND p.unit = CASE r.kind WHEN 'conversion' THEN 'ms' ELSE 'credit' END
    WHERE r.entry IS NOT NULL AND (
        p.amount IS NULL OR (r.kind = 'conversion' AND p.amount <> r.ms)
        OR (r.kind <> 'conversion' AND CAST(p.amount AS BIGINT) / (CASE m.exponent
            WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100 WHEN 3 THEN 1000 ELSE 10000 END) <> r.credits)
    )
"""
"""A record of a sheet is of an entry, and says what that moved: whole credits, or the time that was bought or sold."""


class _Question(NamedTuple):
    """SQL for rows that must not be: master, prefix and number of the thing, then what `says` puts into words."""

    sql: str
    says: str


_QUESTIONS: Final = (
    _Question(_BALANCES, "the balance is {}, its postings add up to {}"),
    _Question(_SUMS, "all accounts of {} add up to {}, not to 0"),
    _Question(
        """
        SELECT p.master_id, 'rec', p.entry, p.unit, d.unit, c.unit FROM posting AS p
        JOIN account AS d ON d.master_id = p.master_id AND d.id = p.debit
        JOIN account AS c ON c.master_id = p.master_id AND c.id = p.credit
        WHERE p.unit <> d.unit OR p.unit <> c.unit
        """,
        "{} moved from an account of {} to one of {}",
    ),
    _Question(
        """
        SELECT master_id, 'rec', entry, balance, account, expected FROM (
            SELECT master_id, entry, account, balance,
                sum(amount) OVER (PARTITION BY master_id, account ORDER BY id) AS expected
            FROM (
                SELECT master_id, id, entry, credit AS account, amount, credit_balance AS balance FROM posting
                WHERE credit >= 100
                UNION ALL SELECT master_id, id, entry, debit, -amount, debit_balance FROM posting WHERE debit >= 100
            ) AS lines
        ) AS summed WHERE balance IS NULL OR balance <> expected
        """,
        "says {} for account {} after it, the postings up to there add up to {}",
    ),
    _Question(
        """
        SELECT l.master_id, 'lot', l.id, l.left_ms, l.bought_ms, coalesce(m.left_ms, 0), coalesce(m.bought_ms, 0)
        FROM lot AS l LEFT JOIN (
            SELECT master_id, lot,
                sum(CASE WHEN kind IN ('buy', 'grant') THEN amount ELSE -amount END) AS left_ms,
                sum(CASE WHEN kind IN ('buy', 'grant') THEN amount ELSE 0 END) AS bought_ms
            FROM posting WHERE unit = 'ms' AND lot IS NOT NULL GROUP BY master_id, lot
        ) AS m ON m.master_id = l.master_id AND m.lot = l.id
        WHERE l.left_ms <> coalesce(m.left_ms, 0) OR l.bought_ms <> coalesce(m.bought_ms, 0)
        """,
        "{} of {} ms are left, its postings say {} of {} ms",
    ),
    _Question(
        """
        SELECT l.master_id, 'lot', l.id, l.amount_paid, coalesce(m.paid, 0), coalesce(m.returned, 0)
        FROM lot AS l LEFT JOIN (
            SELECT master_id, lot, sum(CASE WHEN kind = 'buy' THEN amount ELSE 0 END) AS paid,
                sum(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS returned
            FROM posting WHERE unit = 'credit' AND lot IS NOT NULL GROUP BY master_id, lot
        ) AS m ON m.master_id = l.master_id AND m.lot = l.id
        WHERE l.amount_paid <> coalesce(m.paid, 0) OR coalesce(m.returned, 0) > l.amount_paid
        """,
        "cost {}, its postings say {}, and {} was given back",
    ),
    _Question(
        """
        SELECT c.master_id, 'clk', c.id, a.balance, coalesce(l.left_ms, 0) FROM clock AS c
        JOIN account AS a ON a.master_id = c.master_id AND a.id = c.id
        LEFT JOIN (
            SELECT master_id, clock, sum(left_ms) AS left_ms FROM lot WHERE left_ms > 0 GROUP BY master_id, clock
        ) AS l ON l.master_id = c.master_id AND l.clock = c.id
        WHERE a.balance <> coalesce(l.left_ms, 0)
        """,
        "holds {} ms, its lots hold {} ms",
    ),
    _Question(
        """
        SELECT s.master_id, 'ses', s.id, s.burned, coalesce(g.burned, 0) FROM session AS s
        LEFT JOIN (SELECT master_id, session, sum(burned) AS burned FROM segment GROUP BY master_id, session) AS g
            ON g.master_id = s.master_id AND g.session = s.id
        WHERE s.state = 'ended' AND s.burned <> coalesce(g.burned, 0)
        """,
        "burned {} µs, its segments add up to {} µs",
    ),
    _Question(
        """
        SELECT s.master_id, 'ses', s.id, s.held, coalesce(m.held, 0) FROM session AS s
        LEFT JOIN (
            SELECT master_id, session, sum(CASE WHEN credit = 7 THEN amount ELSE -amount END) AS held
            FROM posting WHERE kind = 'minimum' GROUP BY master_id, session
        ) AS m ON m.master_id = s.master_id AND m.session = s.id
        WHERE s.held <> coalesce(m.held, 0)
        """,
        "{} ms are held for it, the postings say {} ms",
    ),
    _Question(
        """
        SELECT l.master_id, 'mas', 0, count(j.no), coalesce(max(j.no), 0), l.next_journal - 1 FROM lane AS l
        LEFT JOIN journal AS j ON j.master_id = l.master_id
        GROUP BY l.master_id, l.next_journal
        HAVING count(j.no) <> l.next_journal - 1 OR coalesce(max(j.no), 0) <> l.next_journal - 1
        """,
        "the journal has {} rows up to number {}, there must be {}",
    ),
    _Question(
        """
        SELECT p.master_id, 'rec', p.entry, p.journal FROM posting AS p
        LEFT JOIN journal AS j ON j.master_id = p.master_id AND j.no = p.journal WHERE j.no IS NULL
        """,
        "its command, number {} of the journal, is not there",
    ),
    _Question(_RECORDS, "record {} of a {} sheet says {} of it, its postings say {}"),
    _Question(
        """
        SELECT l.master_id, 'mas', 0, l.customers, count(c.id) FROM lane AS l
        LEFT JOIN customer AS c ON c.master_id = l.master_id AND c.removed_at IS NULL
        GROUP BY l.master_id, l.customers HAVING count(c.id) <> l.customers
        """,
        "counts {} customers, there are {}",
    ),
    _Question(
        """
        SELECT l.master_id, 'mas', 0, l.apps, count(a.id) FROM lane AS l
        LEFT JOIN app AS a ON a.master_id = l.master_id AND a.removed_at IS NULL
        GROUP BY l.master_id, l.apps HAVING count(a.id) <> l.apps
        """,
        "counts {} apps, there are {}",
    ),
    _Question(
        """
        SELECT p.master_id, 'pln', p.id, p.masters, count(m.master_id) FROM plan AS p
        LEFT JOIN master AS m ON m.plan = p.id
        GROUP BY p.master_id, p.id, p.masters HAVING count(m.master_id) <> p.masters
        """,
        "counts {} businesses, there are {}",
    ),
)


def last_instant(connection: Connection) -> int | None:
    """The latest instant of any master; None in an empty database."""
    return connection.select(select(func.max(schema.lane.c.at)))[0][0] or None


def check(connection: Connection, tell: Tell = unheard) -> tuple[list[str], dict[str, int]]:
    """What is off, in words, at most `MOST` of each kind; and how many rows were looked at, by kind.

    `tell` hears how far it is.
    """
    findings: list[str] = []
    for place, question in enumerate(_QUESTIONS):
        tell("Adding up", place, len(_QUESTIONS))
        findings += _ask(connection, question)
    findings += _first(_check_used(connection, tell))
    findings += _first(_check_clocks(connection, tell))
    tables = ("master", "customer", "account", "posting", "lot", "session", "journal")
    counts = {f"{table}s": _count(connection, table) for table in tables}
    return findings, counts


def _ask(connection: Connection, question: _Question) -> list[str]:
    """What a question finds; one that the database can't answer is a finding itself, and the next ones are asked."""
    try:
        rows = connection.select(text(question.sql))[:MOST]
    except Unanswered as reason:
        connection.rollback()
        connection.begin_read()
        return [f"the database can't answer whether somewhere {question.says.format(*'…' * 4)!r}: {reason}"]
    return [
        f"{identify(prefix, master, number)}: {question.says.format(*numbers)}"
        for master, prefix, number, *numbers in rows
    ]


def _check_used(connection: Connection, tell: Tell) -> Iterator[str]:
    """The used parts of ended sessions: in order of end each is what it raised the clock's total by, rounded up."""
    rest, clock, number = 0, (-1, -1), 0
    for row in _counted(_ended(connection), tell, "Checking sessions", _count(connection, "session")):
        if (row.master_id, row.clock) != clock:
            rest, clock, number = 0, (row.master_id, row.clock), 0
        number += 1
        name = identify("ses", row.master_id, row.id)
        if row.end_no != number:
            yield f"{name}: its end is number {row.end_no} on its clock, that should be {number}"
            number = row.end_no
        # An expiry that left nothing on an idle clock rounded the total up in between.
        fitting = [before for before in (rest, 0) if _part(before, row.burned) == row.used]
        if not fitting:
            yield f"{name}: used {row.used} ms, its burn of {row.burned} µs says {_part(rest, row.burned)} ms"
        rest = ((fitting or [rest])[0] + row.burned) % 1000


def _part(rest: int, burned: int) -> int:
    return -(-(rest + burned) // 1000) - -(-rest // 1000)


def _ended(connection: Connection) -> Iterator[_Ended]:
    """The ended sessions by clock, in order of end, page by page."""
    session = schema.session
    columns = (session.c.master_id, session.c.clock, session.c.end_no, session.c.id, session.c.burned, session.c.used)
    last = (-1, -1, -1)
    while True:
        place = text(
            "(master_id > :m OR (master_id = :m AND (clock > :c OR (clock = :c AND end_no > :n))))"
        ).bindparams(m=last[0], c=last[1], n=last[2])
        page = connection.select(
            select(*columns).where(session.c.state == "ended", place).order_by(*columns[:3]).limit(PAGE * 10)
        )
        yield from map(_Ended._make, page)
        if len(page) < PAGE * 10:
            return
        last = page[-1][:3]


def _check_clocks(connection: Connection, tell: Tell) -> Iterator[str]:
    """What sessions took in all against the postings, and the computed ends."""
    clocks = _counted(_clocks(connection), tell, "Checking clocks", _count(connection, "clock"))
    for clock, taken, used, state in clocks:
        name = identify("clk", clock.master, clock.id)
        open_parts = sum(parts(state, clock.settled_at).values())
        if taken != used + open_parts:
            yield f"{name}: {taken} ms were taken from it, its sessions used {used} and {open_parts} ms"
        due = next_check(state)
        if due is not None and (clock.check_at is None or clock.check_at > due):
            yield f"{name}: is looked at {clock.check_at}, but something happens at {due}"


def _clocks(connection: Connection) -> Iterator[tuple[Clock, int, int, State]]:
    """Each clock with the ms taken for use by postings, the ms that its ended sessions used, and its state."""
    table, session, posting = schema.clock, schema.session, schema.posting
    used = (
        select(func.coalesce(func.sum(session.c.used), 0))
        .where(session.c.master_id == table.c.master_id, session.c.clock == table.c.id)
        .scalar_subquery()
    )
    taken = (
        select(func.coalesce(func.sum(posting.c.amount), 0))
        .where(
            posting.c.master_id == table.c.master_id,
            posting.c.debit == table.c.id,
            posting.c.kind.in_(["use", "minimum"]),
        )
        .scalar_subquery()
    )
    last = (-1, -1)
    while True:
        place = text("(clock.master_id > :m OR (clock.master_id = :m AND clock.id > :n))")
        page = connection.select(
            select(table, taken, used)
            .where(place.bindparams(m=last[0], n=last[1]))
            .order_by(table.c.master_id, table.c.id)
            .limit(PAGE)
        )
        clocks = [Clock._make(row[:-2]) for row in page]
        states = _states(connection, clocks)
        for clock, row, state in zip(clocks, page, states, strict=True):
            yield clock, int(row[-2]), int(row[-1]), state
        if len(page) < PAGE:
            return
        last = page[-1][:2]


def _states(connection: Connection, clocks: list[Clock]) -> list[State]:
    sets = {clock.master: WorkingSet(Lane(clock.master, 0, 0, 0, 0, 0, 0, None, 0, 0, None)) for clock in clocks}
    fetch(connection, sets, [Need(clock.master, Clock, None, clock.id) for clock in clocks])
    return [
        State(
            clock,
            burn_order(sets[clock.master].range(LIVE_LOTS, clock.id)),
            tuple(sets[clock.master].range(OPEN_SESSIONS, clock.id)),
        )
        for clock in clocks
    ]


def _counted(rows: Iterator[T], tell: Tell, what: str, total: int) -> Iterator[T]:
    """The same rows; `tell` hears how many there were."""
    for number, row in enumerate(rows):
        if number % TOLD_EVERY == 0:
            tell(what, number, total)
        yield row


def _first(findings: Iterator[str]) -> list[str]:
    return [finding for finding, _ in zip(findings, range(MOST), strict=False)]


def _count(connection: Connection, table: str) -> int:
    return connection.select(select(func.count()).select_from(schema.metadata.tables[table]))[0][0]
