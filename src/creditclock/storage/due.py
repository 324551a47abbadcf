"""What is due: clocks and customers at which something computed happens, across masters, for the workers."""

from sqlalchemy import func, select

from creditclock.storage import instructions, schema
from creditclock.storage.dialect import Connection


def clocks(connection: Connection, now: int, limit: int) -> list[tuple[int, int]]:
    """Master and number of the clocks whose `check_at` or `low_at` has come, those with a `check_at` first."""
    table = schema.clock
    found: dict[tuple[int, int], None] = {}
    for column in (table.c.check_at, table.c.low_at):
        statement = select(table.c.master_id, table.c.id).where(column <= now).order_by(column).limit(limit)
        found.update({(row[0], row[1]): None for row in connection.select(statement)})
    return list(found)[:limit]


def next_check(connection: Connection) -> int | None:
    """The earliest `check_at` or `low_at` of all clocks."""
    table = schema.clock
    found = [
        connection.select(select(func.min(column)).where(column.is_not(None)))[0][0]
        for column in (table.c.check_at, table.c.low_at)
    ]
    return min((at for at in found if at is not None), default=None)


def next_low(connection: Connection) -> int | None:
    """The earliest `low_at` of all clocks."""
    column = schema.clock.c.low_at
    return connection.select(select(func.min(column)).where(column.is_not(None)))[0][0]


def frozen_clocks(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """Master and number of clocks of frozen masters with sessions that the freeze ended and nobody wrote down."""
    session, lane = schema.session, schema.lane
    statement = (
        select(session.c.master_id, session.c.clock)
        .join(lane, lane.c.master_id == session.c.master_id)
        .where(lane.c.frozen_at.is_not(None), session.c.state != "ended")
        .distinct()
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.select(statement)]


def has_open_sessions(connection: Connection, master: int) -> bool:
    """Whether a master has sessions that haven't ended."""
    session = schema.session
    statement = select(session.c.id).where(session.c.master_id == master, session.c.state != "ended").limit(1)
    return bool(connection.select(statement))


def outdated_masters(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """Masters (with 0, their own row's number) that don't have the limits of their plan as it is now."""
    master, plan = schema.master, schema.plan
    differs = (
        master.c.plan_customer_limit.is_distinct_from(plan.c.customer_limit)
        | master.c.plan_seat_limit.is_distinct_from(plan.c.seat_limit)
        | master.c.plan_app_limit.is_distinct_from(plan.c.app_limit)
    )
    statement = (
        select(master.c.master_id, master.c.id)
        .join(plan, (plan.c.master_id == 0) & (plan.c.id == master.c.plan))
        .where(differs)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.select(statement)]


def customers_of_removed(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """Master and number of customers that nobody removed, of masters that were removed."""
    table, lane = schema.customer, schema.lane
    statement = (
        select(table.c.master_id, table.c.id)
        .join(lane, lane.c.master_id == table.c.master_id)
        # The count of a master's customers spares looking through those that are gone.
        .where(lane.c.removed_at.is_not(None), lane.c.customers > 0, table.c.removed_at.is_(None))
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.select(statement)]


def flagged_masters(connection: Connection, before: int, limit: int) -> list[tuple[int, int]]:
    """Masters (with 0) that were marked for removal before an instant, those marked first before the others."""
    table = schema.master_profile
    statement = select(table.c.master_id).where(table.c.unlinked_at <= before).order_by(table.c.unlinked_at)
    return [(row[0], 0) for row in connection.select(statement.limit(limit))]


def expired_sessions(connection: Connection, before: int, limit: int) -> list[tuple[int, ...]]:
    """Session tokens (with 0 before them, and after them the masters in which they work) that expired by an instant."""
    found = instructions.expired_sessions(connection, before, limit)
    return [(0, ending.session.id, *ending.masters[1:]) for ending in found]


def expired_clients(connection: Connection, before: int, limit: int) -> list[tuple[int, ...]]:
    """Client ids that expired by an instant, with the masters in which their session tokens work."""
    clients = instructions.expired_clients(connection, before, limit)
    masters = {client.id: {client.acquired} for client in clients}
    for ending in instructions.sessions_by(connection, "client", list(masters)):
        masters[ending.session.client].add(ending.session.active)
    return [(0, number, *sorted(each for each in found if each is not None)) for number, found in masters.items()]


def unnumbered_customers(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """Master and number of customers without numbers, of masters that have a key code since; with 0 once all have one.

    Looks through all customers of such a master for each page.
    """
    profile, customer, known = schema.master_profile, schema.customer, schema.customer_profile
    is_known = (known.c.master_id == customer.c.master_id) & (known.c.id == customer.c.id)
    waiting = select(profile.c.master_id).where(profile.c.unnumbered == 1)
    statement = (
        select(customer.c.master_id, customer.c.id)
        .outerjoin(known, is_known)
        .where(customer.c.master_id.in_(waiting), customer.c.erased_at.is_(None), known.c.id.is_(None))
        .order_by(customer.c.master_id, customer.c.id)
        .limit(limit)
    )
    found = [(row[0], row[1]) for row in connection.select(statement)]
    return found or [(row[0], 0) for row in connection.select(waiting.limit(limit))]


def erasable_customers(connection: Connection, before: int, limit: int) -> list[tuple[int, int]]:
    """Master and number of customers that were removed before an instant and aren't erased."""
    table = schema.customer
    statement = (
        select(table.c.master_id, table.c.id)
        .where(table.c.removed_at <= before, table.c.erased_at.is_(None))
        .order_by(table.c.removed_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.select(statement)]
