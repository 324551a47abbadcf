"""Accounts of the instruction set: customers that are made, log in, switch, change, leave and come back."""

from typing import Final

from msgspec import UNSET

from creditclock.commands import customers
from creditclock.commands.handling import Tx
from creditclock.commands.instructions.attendance import attend, end_visit
from creditclock.commands.instructions.handling import (
    Answer,
    Guest,
    as_customer,
    check_not_sent_away,
    guest_of,
    instructs,
    visit_of,
)
from creditclock.commands.instructions.profiles import customer_profile
from creditclock.commands.instructions.showing import SYSTEM_CORE, account_data, session_data
from creditclock.commands.instructions.timers import adopt_timers, drop_timers, keep_timers
from creditclock.commands.instructions.tokens import mail_of
from creditclock.commands.tokens import end_tokens, set_password, tell_password
from creditclock.contract import Refusal, logins
from creditclock.contract.customers import ChangeCustomer, CreateCustomer, RecoverCustomer, RemoveCustomer
from creditclock.contract.events import SignedInElsewhereTold
from creditclock.contract.instructions.accounts import (
    AccountLogin,
    AccountLogout,
    CreateAccount,
    EditAccount,
    RecoverAccount,
    SwitchAccount,
    UnlinkAccount,
    ViewAccount,
    ViewLoginRecords,
    ViewLogoutRecords,
)
from creditclock.contract.values import number_of
from creditclock.domain.rows import Credential, Customer, CustomerProfile, Visit
from creditclock.queries.source import ident, sure
from creditclock.storage.relations import LOGIN

ACCOUNTS: Final = 50
"""So many accounts a session remembers; the one that came first is forgotten for the next."""
HIDDEN: Final = "********"
"""Stands for a password whose hash was made before."""


@instructs(CreateAccount)
def create_account(tx: Tx, command: CreateAccount) -> Answer:
    """A customer of the acquired master, with what comes with it; logged in it is by AccountLogin."""
    mail = checked_mail(command.user_email)
    name = command.user_name.strip()
    if not name:
        raise Refusal("invalid", "`user_name` is missing. Send a name.")
    if _poses_as_master(tx, mail):
        raise Refusal("login_taken", "This is the master's own e-mail in another spelling. Send another one.")
    visit = visit_of(tx)
    created = customers.create_customer(
        tx,
        CreateCustomer(login=mail, password=HIDDEN, name=name, email=mail, phone=command.user_phone or None),
    )
    customer = sure(tx, Customer, number_of(created.id))
    profile = customer_profile(tx, customer)._replace(alias=command.user_alias or None)
    tx.put(profile)
    visit = _remembering(tx, visit, customer.id)
    if visit.customer is None:
        visit = visit._replace(customer=customer.id)
    tx.put(visit._replace(written_at=tx.now))
    as_customer(tx, customer.id)
    return {"failed": False, "account": mail, "account_data": account_data(tx, customer, profile)}


def checked_mail(mail: str) -> str:
    """An e-mail as it is kept: it is the account's login. Refuses `invalid`."""
    if not mail or logins.ID_LIKE.match(mail) or logins.spelled(mail).casefold() == SYSTEM_CORE:
        raise Refusal("invalid", "`user_email` is missing or can't be a login. Send an e-mail address of your own.")
    return logins.kept(mail)


@instructs(AccountLogin)
def log_in(tx: Tx, _command: AccountLogin) -> Answer:
    """A customer whose password was verified before works in this session from now on, and in no other."""
    customer = sure(tx, Customer, int(tx.material["customer"]))
    credential = tx.get(Credential, customer.id)
    if credential is None or str(credential.version) != tx.material["version"] or customer.erased_at is not None:
        raise Refusal("sign_in_failed", "The e-mail or the password is wrong. Try again.")
    if tx.rows.lane.removed_at is not None:
        raise Refusal("no_master", "The acquired master was removed. Send AcquireMaster for another one.")
    if tx.frozen_at is not None:
        raise Refusal("master_frozen", "This master is frozen: nobody can log in. Ask the operator.")
    if hashed := tx.material.get("rehashed"):
        tx.put(credential._replace(password=hashed))
    visit = visit_of(tx)
    profile = customer_profile(tx, customer)
    check_not_sent_away(customer, profile)
    if profile.session is not None and profile.session != visit.id:
        data = SignedInElsewhereTold(customer=ident(tx, "cus", customer.id))
        tx.emit("sign_in.taken_over", data.customer, data, customer=customer.id)
    tx.put(profile._replace(session=visit.id, written_at=tx.now))
    visit = _remembering(tx, visit, customer.id)._replace(customer=customer.id, written_at=tx.now)
    tx.put(visit)
    visit = adopt_timers(tx, visit, customer.id)
    keep_timers(tx)
    attend(tx, "login", customer.id)
    as_customer(tx, customer.id)
    tx.subject = tx.caller.name
    return _session(tx, customer, visit)


@instructs(AccountLogout)
def log_out(tx: Tx, _command: AccountLogout) -> Answer:
    """No account is active afterwards; others that are logged in in this session can be switched to."""
    guest = guest_of(tx, flagged=True)
    visit = leave(tx, guest)
    tx.subject = tx.caller.name
    return _session(tx, guest.customer, visit)


def leave(tx: Tx, guest: Guest) -> Visit:
    """The session without an account that logs out."""
    end_visit(tx, guest.profile)
    left = [number for number in guest.visit.archive.split() if number != str(guest.customer.id)]
    visit = drop_timers(tx, guest.visit, guest.customer.id)
    visit = visit._replace(customer=None, archive=" ".join(left), written_at=tx.now)
    tx.put(visit)
    return visit


@instructs(SwitchAccount)
def switch_account(tx: Tx, command: SwitchAccount) -> Answer:
    """Another account of this session is the active one."""
    visit = visit_of(tx)
    found: list[Customer] = tx.range(LOGIN, logins.spelled(command.account))
    if not found or str(found[0].id) not in visit.archive.split():
        raise Refusal("not_logged_in", "That account did not log in in this session. Send AccountLogin for it.")
    visit = visit._replace(customer=found[0].id, written_at=tx.now)
    tx.put(visit)
    as_customer(tx, found[0].id)
    tx.subject = tx.caller.name
    return _session(tx, found[0], visit)


@instructs(EditAccount)
def edit_account(guest: Guest, command: EditAccount) -> Answer:
    """What is known of the account, as far as it can be changed so."""
    tx = guest.tx
    mail = _free_mail(tx, command.user_email, guest.customer.id) or UNSET
    wanted = ChangeCustomer(
        customer=ident(tx, "cus", guest.customer.id),
        login=mail,
        email=mail,
        name=(command.user_name or "").strip() or UNSET,
        phone=command.user_phone or UNSET,
    )
    done = {
        "name": wanted.name is not UNSET,
        "pass": "password" in tx.material,
        "alias": bool(command.user_alias),
        "email": mail is not UNSET,
        "phone": wanted.phone is not UNSET,
    }
    if not any(done.values()):
        raise _nothing_changed(tx, command.user_email)
    if done["name"] or done["email"] or done["phone"]:
        customers.change_customer(tx, wanted)
    if done["pass"]:
        set_password(tx, guest.customer.id, tx.material["password"])
        end_tokens(tx, guest.customer.id, spare=None)
        tell_password(tx, wanted.customer)
    profile = sure(tx, CustomerProfile, guest.customer.id)
    alias = command.user_alias or profile.alias
    profile = profile._replace(alias=alias, session=guest.visit.id, written_at=tx.now)
    tx.put(profile)
    customer = sure(tx, Customer, guest.customer.id)
    tx.subject = tx.caller.name
    data = account_data(tx, customer, profile)
    return {"failed": False, "account": customer.login, "edit": done, "account_data": data}


def _nothing_changed(tx: Tx, mail: str | None) -> Refusal:
    if "weak" in tx.material:
        return Refusal("weak_password", tx.material["weak"])
    if mail:
        return Refusal("login_taken", "This e-mail can't be used: it is taken or no login. Send another one.")
    return Refusal("invalid", "Nothing was changed: send at least one of name, password, alias, e-mail and phone.")


def _free_mail(tx: Tx, mail: str | None, own: int) -> str | None:
    """An e-mail that the account may have; None for one that another account has, or that is no login."""
    kept = logins.fit(mail or "")
    if kept is None or kept.casefold() == SYSTEM_CORE or _poses_as_master(tx, kept):
        return None
    return kept if all(other.id == own for other in tx.range(LOGIN, kept)) else None


def _poses_as_master(tx: Tx, mail: str) -> bool:
    """Whether an e-mail is the master's in other letters, so that what is paid to it would go elsewhere."""
    own = mail_of(tx)
    return mail != own and mail.casefold() == own.casefold()


@instructs(ViewAccount)
def view_account(tx: Tx, _command: ViewAccount) -> Answer:
    """The account."""
    guest = guest_of(tx, flagged=True)
    data = account_data(tx, guest.customer, guest.profile)
    return {"failed": False, "account": guest.customer.login, "account_data": data}


@instructs(UnlinkAccount)
def unlink_account(guest: Guest, command: UnlinkAccount) -> Answer:
    """The account is marked for removal, or is gone with what it had; the books keep everything."""
    tx, customer = guest.tx, guest.customer
    mail = customer.login
    if command.forced_removal:
        if tx.frozen_at is not None:
            raise Refusal("master_frozen", "This master is frozen: what the account holds can't be forfeited now.")
        leave(tx, guest)
        erased = customers.erase(tx, customers.remove(tx, customer))
        customers.tell(tx, erased, "customer.removed")
    else:
        customers.remove_customer(tx, RemoveCustomer(customer=ident(tx, "cus", customer.id)))
        tx.put(sure(tx, CustomerProfile, customer.id)._replace(has_left=1, written_at=tx.now))
    tx.subject = tx.caller.name
    return {"failed": False, "account": mail}


@instructs(RecoverAccount)
def recover_account(tx: Tx, _command: RecoverAccount) -> Answer:
    """The account is no longer marked for removal."""
    guest = guest_of(tx, flagged=True)
    check_not_sent_away(guest.customer, guest.profile)
    customers.recover_customer(tx, RecoverCustomer(customer=ident(tx, "cus", guest.customer.id)))
    customer = sure(tx, Customer, guest.customer.id)
    profile = sure(tx, CustomerProfile, customer.id)
    if guest.customer.removed_at is not None:
        profile = profile._replace(written_at=tx.now)
        tx.put(profile)
    return {
        "failed": False,
        "account": customer.login,
        "account_data": account_data(tx, customer, profile),
        "session_data": session_data(tx, guest.visit) | {"session_account_archive": None},
    }


@instructs(ViewLoginRecords)
def view_logins(guest: Guest, _command: ViewLoginRecords) -> Answer:
    """The account; when it logged in is read beside the lane."""
    return {"failed": False, "account": guest.customer.login, "login_records": {"principal": guest.customer.id}}


@instructs(ViewLogoutRecords)
def view_logouts(guest: Guest, _command: ViewLogoutRecords) -> Answer:
    """The account; when it logged out is read beside the lane."""
    return {"failed": False, "account": guest.customer.login, "logout_records": {"principal": guest.customer.id}}


def _remembering(tx: Tx, visit: Visit, customer: int) -> Visit:
    """The session with one more account; where it has too many, the oldest is logged out."""
    others = [number for number in visit.archive.split() if number != str(customer)]
    for number in map(int, others[: -ACCOUNTS + 1]):
        profile = sure(tx, CustomerProfile, number)
        if profile.session == visit.id:
            end_visit(tx, profile)
    return visit._replace(archive=" ".join([*others[-ACCOUNTS + 1 :], str(customer)]))


def _session(tx: Tx, customer: Customer, visit: Visit) -> Answer:
    return {"failed": False, "account": customer.login, "session_data": session_data(tx, visit)}
