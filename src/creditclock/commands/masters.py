"""Masters: made with their owner, changed, frozen (design sections 4 and 6)."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET

from creditclock.commands.handling import Tx, handles
from creditclock.commands.second_factor import switch_off
from creditclock.commands.tokens import end_tokens, set_password, tell_password
from creditclock.contract import Refusal, logins
from creditclock.contract.events import MasterTold
from creditclock.contract.masters import (
    ChangeMaster,
    CreateMaster,
    FreezeMaster,
    KeyCode,
    Master,
    RemoveMaster,
    ResetOwnerPassword,
    SetKeyCode,
    UnfreezeMaster,
)
from creditclock.contract.tokens import Done
from creditclock.contract.values import identify, master_of, number_of
from creditclock.domain import ledger, tariffs
from creditclock.domain.plans import on_plan
from creditclock.domain.rows import Account, Credential, Lane, MasterProfile, Plan, SignInName, Staff, Tariff
from creditclock.domain.rows import Master as MasterRow
from creditclock.queries.masters import show_master, state_of
from creditclock.queries.source import not_found, sure
from creditclock.queries.tariffs import newest_tariff
from creditclock.storage.relations import NEWEST, TOKENS
from creditclock.storage.working_set import WorkingSet

OWN_ACCOUNTS = {
    ledger.ISSUED: ("issued", "credit"),
    ledger.REVENUE: ("revenue", "credit"),
    ledger.EXCHANGE_CREDITS: ("exchange", "credit"),
    ledger.EXCHANGE_TIME: ("exchange", "ms"),
    ledger.USED: ("used", "ms"),
    ledger.EXPIRED_TIME: ("expired", "ms"),
    ledger.HELD_TIME: ("held", "ms"),
    ledger.GRANTED: ("granted", "ms"),
    ledger.EXPIRED_CREDITS: ("expired", "credit"),
    ledger.HELD_CREDITS: ("held", "credit"),
}
"""The accounts of a master itself: kind and unit by number."""
OPERATORS = ("plan", "customer_limit", "seat_limit", "app_limit")
"""What only the operator changes of a business."""


@handles(CreateMaster)
def create_master(tx: Tx, command: CreateMaster) -> Master:
    """A new business: its lane, its accounts, its owner, its first tariff."""
    check_zone(command.zone)
    plan = None if command.plan is None else _plan(tx, command.plan)
    login = logins.kept(command.login)
    taken = tx.get(SignInName, login)
    if taken and taken.freed_at is None:
        raise Refusal("login_taken", f"The login {login!r} is taken. Choose another one.")
    number = tx.new_id()
    rows = WorkingSet(Lane(number, tx.now, 0, ledger.FIRST_ID, 1, 1, 0, None, 0, 0, None))
    rows.put(rows.lane)
    for account, (kind, unit) in OWN_ACCOUNTS.items():
        rows.put(Account(number, account, kind, unit, None, None, 0))
    inner = tx.within(rows)
    owner = Staff(number, inner.new_id(), login, command.name, "owner", tx.now)
    tariff = _first_tariff(inner, command.exponent)
    master = MasterRow(
        master=number,
        id=0,
        name=command.name,
        plan=None,
        customer_limit=command.customer_limit,
        currency=command.currency,
        exponent=command.exponent,
        zone=command.zone,
        tariff=tariff.tariff,
        owner=owner.id,
        created_at=tx.now,
        seat_limit=command.seat_limit,
        app_limit=command.app_limit,
        plan_customer_limit=None,
        plan_seat_limit=None,
        plan_app_limit=None,
    )
    master = _moved(tx, master, plan)
    for row in (owner, tariff, master, Credential(number, owner.id, tx.material["password"], 1)):
        inner.put(row)
    tx.put(SignInName(0, login, number, owner.id, None))
    inner.begins(TOKENS, owner.id)
    tx.sets[number] = rows
    tx.subject = identify("mas", number, 0)
    _tell(inner, master, "master.created")
    return show_master(master, rows.lane)


def _first_tariff(tx: Tx, exponent: int) -> Tariff:
    number = tx.new_id()
    tx.begins(NEWEST, number)
    return Tariff(
        master=tx.master,
        id=number,
        tariff=number,
        version=1,
        newest=1,
        name="Standard",
        price=tariffs.default_price(exponent),
        burn_rate=tariffs.DEFAULT_BURN_RATE,
        lease_ms=tariffs.DEFAULT_LEASE_MS,
        minimum_ms=0,
        increment_ms=0,
        parallel=tariffs.DEFAULT_PARALLEL,
        pause_count=None,
        pause_each_ms=None,
        pause_total_ms=None,
        after_pause=tariffs.DEFAULT_AFTER_PAUSE,
        revive_ms=tariffs.DEFAULT_REVIVE_MS,
        valid_ms=None,
        created_at=tx.now,
        low_ms=tariffs.DEFAULT_LOW_MS,
    )


@handles(ChangeMaster)
def change_master(tx: Tx, command: ChangeMaster) -> Master:
    """Other terms of a business; plan and limits are the operator's."""
    master = sure(tx, MasterRow, 0)
    given = [name for name in OPERATORS if getattr(command, name) is not UNSET]
    if given and tx.caller.kind != "operator":
        named = " and ".join(f"`{name}`" for name in given)
        raise Refusal("forbidden", f"Only the operator changes plan and limits of a business. Leave {named} out.")
    if command.zone is not UNSET:
        check_zone(command.zone)
        master = master._replace(zone=command.zone)
    if command.name is not UNSET:
        master = master._replace(name=command.name)
    if command.tariff is not UNSET:
        master = master._replace(tariff=newest_tariff(tx, command.tariff).tariff)
    if command.plan is not UNSET:
        master = _moved(tx, master, None if command.plan is None else _plan(tx, command.plan))
    if command.customer_limit is not UNSET:
        master = master._replace(customer_limit=command.customer_limit)
    if command.seat_limit is not UNSET:
        master = master._replace(seat_limit=command.seat_limit)
    if command.app_limit is not UNSET:
        master = master._replace(app_limit=command.app_limit)
    tx.put(master)
    tx.subject = command.master
    _tell(tx, master, "master.changed")
    return show_master(master, tx.rows.lane)


@handles(FreezeMaster)
def freeze_master(tx: Tx, command: FreezeMaster) -> Master:
    """From now on nothing runs; sessions end at this instant, whenever that is written."""
    master = sure(tx, MasterRow, 0)
    lane = tx.rows.lane
    if lane.frozen_at is None:
        tx.rows.lane = lane._replace(frozen_at=tx.now)
        _tell(tx, master, "master.frozen")
    tx.subject = command.master
    return show_master(master, tx.rows.lane)


@handles(UnfreezeMaster)
def unfreeze_master(tx: Tx, command: UnfreezeMaster) -> Master:
    """Work goes on, once the sessions that the freeze ended are written down as ended."""
    master = sure(tx, MasterRow, 0)
    frozen_at = tx.rows.lane.frozen_at
    if tx.rows.lane.removed_at is not None:
        raise Refusal("not_found", "This business was removed for ever. Make a new one.", id=command.master)
    if frozen_at is not None and tx.material.get("closed_at") != str(frozen_at):
        raise Refusal("busy", "The business was frozen just now. Try again in a second.", retry_after_s=1)
    tx.rows.lane = tx.rows.lane._replace(frozen_at=None)
    _tell(tx, master, "master.unfrozen")
    tx.subject = command.master
    return show_master(master, tx.rows.lane)


@handles(ResetOwnerPassword)
def reset_owner_password(tx: Tx, command: ResetOwnerPassword) -> Done:
    """A new password for the owner; the owner's tokens end. The second factor stays unless it is to be removed."""
    owner = sure(tx, MasterRow, 0).owner
    set_password(tx, owner, tx.material["password"])
    end_tokens(tx, owner, spare=None)
    if command.second_factor == "remove":
        switch_off(tx, owner)
    tell_password(tx, identify("stf", tx.master, owner))
    tx.subject = command.master
    return Done()


@handles(SetKeyCode)
def set_key_code(tx: Tx, command: SetKeyCode) -> KeyCode:
    """Another key code; who doesn't know it acquires the business no more."""
    if tx.rows.lane.removed_at is not None:
        raise Refusal("not_found", "This business was removed for ever. Make a new one.", id=command.master)
    tx.put(with_key_code(master_profile(tx), tx.material["key_code"])._replace(written_at=tx.now))
    tx.subject = command.master
    return KeyCode(key_code=tx.material["key_code"])


@handles(RemoveMaster)
def remove_master(tx: Tx, command: RemoveMaster) -> Master:
    """The business is gone for ever; once more changes nothing."""
    remove(tx)
    tx.subject = command.master
    return show_master(sure(tx, MasterRow, 0), tx.rows.lane)


def master_profile(tx: Tx) -> MasterProfile:
    """What the instruction set knows of the business; nobody can acquire one without a key code."""
    found = tx.get(MasterProfile, 0)
    created_at = sure(tx, MasterRow, 0).created_at
    return found or MasterProfile(tx.master, 0, "", None, None, None, None, tx.rows.next_event - 1, created_at, None, 0)


def with_key_code(profile: MasterProfile, key_code: str) -> MasterProfile:
    """A profile with another key code; with the first one the customers of the business get numbers."""
    return profile._replace(key_code=key_code, unnumbered=profile.unnumbered if profile.key_code else 1)


def remove(tx: Tx) -> None:
    """Remove the master for ever: nothing runs, nobody signs in, its login is free again. Its books stay.

    How it could be reached is forgotten; its customers are erased afterwards, one by one.
    """
    master = sure(tx, MasterRow, 0)
    lane = tx.rows.lane
    if lane.removed_at is not None:
        return
    tx.put(_moved(tx, master, None))
    tx.rows.lane = tx.rows.lane._replace(frozen_at=lane.frozen_at or tx.now, removed_at=tx.now)
    free_login_of(tx.within(tx.sets[0]), sure(tx, Staff, master.owner).login)
    end_tokens(tx, master.owner, spare=None)
    tx.end_rights()
    profile = tx.get(MasterProfile, 0)
    if profile is not None:
        tx.put(MasterProfile(tx.master, 0, "", None, None, None, None, profile.acknowledged, tx.now, None, 0))
    _tell(tx, master, "master.removed")


def with_customer_limit(tx: Tx, master: MasterRow, limit: int) -> MasterRow:
    """The business with another limit of its own; it is told so."""
    changed = master._replace(customer_limit=limit)
    tx.put(changed)
    _tell(tx, changed, "master.changed")
    return changed


def free_login(zero: Tx, login: str | None, master: int) -> str | None:
    """A login that an owner of the master may have; None for one that is taken, or that can't be one."""
    kept = logins.fit(login or "")
    if kept is None:
        return None
    found = zero.get(SignInName, kept)
    return kept if found is None or found.freed_at is not None or found.of_master == master else None


def move_login(zero: Tx, owner: Staff, login: str) -> None:
    """Let an owner sign in with another login; the old one is free again. `zero` is in scope 0."""
    if login != owner.login:
        free_login_of(zero, owner.login)
        zero.put(SignInName(0, login, owner.master, owner.id, None))


def free_login_of(zero: Tx, login: str) -> None:
    """Let a login be taken by others. `zero` is in scope 0."""
    zero.put(sure(zero, SignInName, login)._replace(freed_at=zero.now))


def _tell(tx: Tx, master: MasterRow, kind: str) -> None:
    """Tell the business what happened to it, and the operator."""
    subject = identify("mas", master.master, 0)
    data = MasterTold(name=master.name, state=state_of(tx.rows.lane))
    tx.emit(kind, subject, data)
    if 0 in tx.sets:
        tx.within(tx.sets[0]).emit(kind, subject, data)


def check_zone(zone: str) -> None:
    """Refuse (`invalid`) what is no IANA time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refusal("invalid", f"{zone!r} is no time zone. Use an IANA name such as Europe/Berlin.") from error


def follow_plan(tx: Tx) -> None:
    """Take over what the plan of the business allows now; scope 0 is locked, so nobody changes it meanwhile."""
    master = sure(tx, MasterRow, 0)
    plan = None if master.plan is None else sure(tx.within(tx.sets[0]), Plan, master.plan)
    followed = on_plan(master, plan)
    tx.subject = identify("mas", tx.master, 0)
    tx.quiet = followed == master
    if not tx.quiet:
        tx.put(followed)
        _tell(tx, followed, "master.changed")


def _moved(tx: Tx, master: MasterRow, plan: Plan | None) -> MasterRow:
    """The business on another plan, or on none; both plans count anew."""
    installation = tx.within(tx.sets[0])
    if master.plan is not None:
        left = sure(installation, Plan, master.plan)
        installation.put(left._replace(masters=left.masters - 1))
    if plan:
        entered = sure(installation, Plan, plan.id)
        installation.put(entered._replace(masters=entered.masters + 1))
    return on_plan(master, plan)


def _plan(tx: Tx, identifier: str) -> Plan:
    """A plan of the installation, from scope 0."""
    plan = tx.sets[0].get(Plan, number_of(identifier)) if master_of(identifier) == 0 else None
    if plan is None or plan.removed_at is not None:
        raise not_found(identifier)
    return plan
