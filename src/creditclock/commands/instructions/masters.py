"""Masters of the instruction set: made, acquired and released by clients, and what a master does itself."""

import hmac
import re
import secrets
from typing import Final

from creditclock.commands import masters
from creditclock.commands.customers import RECOVERY_MS
from creditclock.commands.handling import Tx
from creditclock.commands.instructions.accounts import HIDDEN, checked_mail
from creditclock.commands.instructions.attendance import MASTER, attend, end_visit
from creditclock.commands.instructions.chiefs import (
    Chief,
    chief_of,
    clients_of,
    full_data,
    master_data,
    may_enrol,
    session_data,
)
from creditclock.commands.instructions.handling import LEFT, Answer, Tokens, inside, instructs, works
from creditclock.commands.instructions.profiles import bring
from creditclock.commands.instructions.showing import account_data
from creditclock.commands.instructions.tokens import GIVEN, ctoken_data, label, mail_of
from creditclock.commands.masters import master_profile
from creditclock.commands.tokens import end_tokens, set_password, tell_password
from creditclock.contract import Refusal
from creditclock.contract.instructions.masters import (
    AcquireMaster,
    CreateMaster,
    InspectCToken,
    InspectCTokens,
    InspectSubordonate,
    InspectSubPool,
    MasterAccountLogin,
    MasterAccountLogout,
    MasterEditAccount,
    MasterRecoverAccount,
    MasterUnlinkAccount,
    MasterViewAccount,
    MasterViewLogin,
    MasterViewLogout,
    ReleaseMaster,
)
from creditclock.contract.masters import CreateMaster as CreateBusiness
from creditclock.contract.values import master_of
from creditclock.domain.rows import (
    ClientToken,
    Credential,
    Customer,
    CustomerProfile,
    Master,
    MasterProfile,
    Numbering,
    SessionToken,
    Staff,
    Visit,
)
from creditclock.queries.source import ident, sure
from creditclock.storage.relations import CUSTOMER_NO, SESSION_TOKENS

SHORTEST_KEY: Final = 8
"""How long a key code is at least, where not everybody knows it anyway."""
KEY_CODE: Final = "EWSC-Master-Key-Code"
"""The key code that old clients expect of a master that was made without one; known to everybody."""
OPEN_ENROLMENT: Final = "open_enrolment"
"""What the material says where anybody may make a master."""
POOL: Final = 10
"""How many accounts a master may have that its client made."""
MADE: Final = "master"
MOST_MADE: Final = 10
"""How many masters one that the operator made may make in all; plans would bind nobody who could make any number."""
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\Z")


@instructs(CreateMaster)
def create_master(tokens: Tokens, command: CreateMaster) -> Answer:
    """A business whose owner signs in with the e-mail; it is the session's own master, not logged in yet."""
    tx, session = tokens.tx, tokens.session
    assert session is not None
    if OPEN_ENROLMENT not in tx.material and not may_enrol(tx, session):
        raise Refusal("forbidden", "Only a master that is logged in, or the operator, makes masters here. Ask them.")
    if tokens.client.acquired is not None:
        raise Refusal("invalid", "This client has acquired a master. Send ReleaseMaster first.")
    mail, name = checked_mail(command.user_email), command.user_name.strip()
    if not _MAIL.match(mail) or not name:
        raise Refusal("invalid", "A master needs a name and a valid e-mail address. Send both.")
    made = masters.create_master(
        tx,
        CreateBusiness(name=name, login=mail, password=HIDDEN, customer_limit=POOL, exponent=0),
    )
    number = master_of(made.id)
    inner = tx.within(tx.sets[number])
    if OPEN_ENROLMENT not in tx.material:
        assert session.active is not None
        _count_made(inside(tx, session.active), inner)
    if command.key and OPEN_ENROLMENT not in tx.material and len(command.key) < SHORTEST_KEY:
        raise Refusal("invalid", f"A key code needs {SHORTEST_KEY} characters at least. Choose a longer one.")
    open_key = KEY_CODE if OPEN_ENROLMENT in tx.material else secrets.token_urlsafe(18)
    profile = MasterProfile(
        master=number,
        id=0,
        key_code=command.key or open_key,
        alias=command.user_alias or None,
        phone=command.user_phone or None,
        company=command.company or None,
        address=command.address or None,
        acknowledged=0,
        written_at=tx.now,
        unlinked_at=None,
        unnumbered=0,
    )
    inner.put(profile)
    if session.active is not None and session.logged_in:
        attend(inside(tx, session.active), "logout", MASTER)
    tx.put(session._replace(active=number, logged_in=0, written_at=tx.now))
    return {"failed": False, "account": mail, "account_data": master_data(inner, profile, 0) | {"subordonate_pool": {}}}


def _count_made(maker: Tx, made: Tx) -> None:
    """Count a master that another one makes: so many in all, and those it made make none."""
    counted = maker.get(Numbering, MADE)
    number = counted.last if counted else 0
    if number >= MOST_MADE:
        raise Refusal("master_limit", "No more masters can be made from this one. Ask the operator for another.")
    maker.put(Numbering(maker.master, MADE, number + 1))
    made.put(Numbering(made.master, MADE, MOST_MADE))


@instructs(AcquireMaster)
def acquire_master(tokens: Tokens, command: AcquireMaster) -> Answer:
    """The client works under a master whose key code it knows; under no other any more."""
    tx, client = tokens.tx, tokens.client
    inner = tx.within(tx.sets[int(tx.material["master"])])
    profile = master_profile(inner)
    if not profile.key_code or not hmac.compare_digest(profile.key_code.encode(), (command.key or "").encode()):
        raise Refusal("wrong_key_code", "There is no such master, or the key code is wrong. Check both.")
    if client.acquired not in {None, inner.master}:
        assert client.acquired is not None
        _leave(tx, inside(tx, client.acquired), client)
    if client.acquired != inner.master:
        for token in tx.range(SESSION_TOKENS, client.id):
            visit = inner.get(Visit, token.id)
            if visit is not None and visit.client == LEFT:
                inner.put(visit._replace(client=client.id))
        tx.put(client._replace(acquired=inner.master, written_at=tx.now))
    tx.subject = ident(inner, "mas", 0)
    return {"failed": False, "client_id": GIVEN, "master": mail_of(inner)}


@instructs(ReleaseMaster)
def release_master(tokens: Tokens, command: ReleaseMaster) -> Answer:
    """The client works under no master any more; its accounts are logged out."""
    tx, client = tokens.tx, tokens.client
    if client.acquired is None:
        raise Refusal("no_master", "No master account was acquired by this client id. Send AcquireMaster first.")
    inner = inside(tx, client.acquired)
    if inner.rows.lane.removed_at is not None:
        raise Refusal("no_master", "The acquired master was removed. Send AcquireMaster for another one.")
    profile = master_profile(inner)
    if not hmac.compare_digest(profile.key_code.encode(), command.key.encode()):
        raise Refusal("wrong_key_code", "The key code is wrong. Check it.")
    _leave(tx, inner, client)
    released = client._replace(acquired=None, written_at=tx.now)
    tx.put(released)
    return {
        "failed": False,
        "client_id": GIVEN,
        "released": mail_of(inner),
        "ctoken_data": ctoken_data(tx, released),
    }


def _leave(tx: Tx, inner: Tx, client: ClientToken) -> None:
    """Log out, in a master, whoever the sessions of a client had logged in there."""
    for token in tx.range(SESSION_TOKENS, client.id):
        empty_visit(inner, token.id)
        left = inner.get(Visit, token.id) or Visit(inner.master, token.id, LEFT, None, "", "", tx.now)
        inner.put(left._replace(client=LEFT))


def empty_visit(tx: Tx, session: int, at: int | None = None) -> list[int]:
    """Let a session do nothing in a master any more, now or since an instant; gives the customers logged out."""
    visit = tx.get(Visit, session)
    if visit is None:
        return []
    gone: list[int] = []
    numbers = list(map(int, visit.archive.split()))
    tx.want([(CustomerProfile, None, number) for number in numbers])
    for number in numbers:
        profile = sure(tx, CustomerProfile, number)
        if profile.session == session:
            end_visit(tx, profile, at)
            gone.append(number)
    tx.put(visit._replace(customer=None, archive="", timers="", written_at=tx.now))
    return gone


@instructs(MasterAccountLogin)
def log_in(tokens: Tokens, _command: MasterAccountLogin) -> Answer:
    """A master whose owner's password was verified before is logged in in this session."""
    zero, session = tokens.tx, tokens.session
    assert session is not None
    tx = zero.within(zero.sets[int(zero.material["master"])])
    owner = sure(tx, Master, 0).owner
    credential = tx.get(Credential, owner)
    if credential is None or str(credential.version) != zero.material["version"] or tx.rows.lane.removed_at:
        raise Refusal("sign_in_failed", "The e-mail or the password is wrong. Try again.")
    if tx.frozen_at is not None:
        raise Refusal("master_frozen", "This master is frozen. Ask the operator.")
    if hashed := zero.material.get("rehashed"):
        tx.put(credential._replace(password=hashed))
    session = session._replace(active=tx.master, logged_in=credential.version, written_at=zero.now)
    zero.put(session)
    attend(tx, "login", MASTER)
    zero.subject = ident(tx, "mas", 0)
    return {"failed": False, "account": mail_of(tx), "session_data": session_data(session, mail_of(tx))}


@instructs(MasterAccountLogout)
def log_out(tx: Tx, _command: MasterAccountLogout) -> Answer:
    """The session has no master of its own any more."""
    chief = chief_of(tx)
    session = chief.session._replace(active=None, logged_in=0, written_at=tx.now)
    chief.zero.put(session)
    attend(tx, "logout", MASTER)
    return {"failed": False, "account": chief.mail, "session_data": session_data(session, None)}


@instructs(MasterViewAccount)
def view_account(tx: Tx, _command: MasterViewAccount) -> Answer:
    """The master; its accounts are read beside the lane."""
    chief = chief_of(tx)
    return {"failed": False, "account": chief.mail, "account_data": full_data(chief)}


@instructs(MasterEditAccount)
def edit_account(tx: Tx, command: MasterEditAccount) -> Answer:
    """What is known of the master, as far as it can be changed so."""
    chief = chief_of(tx)
    owner = sure(tx, Staff, chief.master.owner)
    is_long = OPEN_ENROLMENT in tx.material or len(command.key or "") >= SHORTEST_KEY
    key = command.key if command.key and is_long else None
    mail = masters.free_login(chief.zero, command.user_email, tx.master)
    name = (command.user_name or "").strip()
    done = {
        "name": bool(name),
        "pass": "password" in tx.material,
        "alias": bool(command.user_alias),
        "email": mail is not None,
        "phone": bool(command.user_phone),
        "company": bool(command.company),
        "address": bool(command.address),
        "key": key is not None,
    }
    if not any(done.values()):
        if "weak" in tx.material:
            raise Refusal("weak_password", tx.material["weak"])
        raise Refusal(
            "invalid",
            "Nothing was changed: nothing was sent, the e-mail is taken, or the key code has fewer than "
            f"{SHORTEST_KEY} characters.",
        )
    if name:
        tx.put(chief.master._replace(name=name))
    if mail is not None:
        masters.move_login(chief.zero, owner, mail)
        owner = owner._replace(login=mail)
    tx.put(owner._replace(name=name or owner.name))
    if done["pass"]:
        set_password(tx, owner.id, tx.material["password"])
        end_tokens(tx, owner.id, spare=None)
        tell_password(tx, ident(tx, "stf", owner.id))
        version = sure(tx, Credential, owner.id).version
        chief.zero.put(chief.session._replace(logged_in=version, written_at=tx.now))
    profile = masters.with_key_code(chief.profile, key) if key else chief.profile
    profile = profile._replace(
        alias=command.user_alias or chief.profile.alias,
        phone=command.user_phone or chief.profile.phone,
        company=command.company or chief.profile.company,
        address=command.address or chief.profile.address,
        written_at=tx.now,
    )
    tx.put(profile)
    data = full_data(chief._replace(master=sure(tx, Master, 0), profile=profile))
    return {"failed": False, "account": mail_of(tx), "edit": done, "account_data": data}


@instructs(MasterUnlinkAccount)
def unlink_account(tx: Tx, command: MasterUnlinkAccount) -> Answer:
    """The master is marked for removal, or is gone at once; its books stay."""
    chief = chief_of(tx)
    mail = chief.mail
    if command.forced_removal:
        masters.remove(tx)
        chief.zero.put(chief.session._replace(active=None, logged_in=0, written_at=tx.now))
        if chief.client.acquired == tx.master:
            chief.zero.put(chief.client._replace(acquired=None, written_at=tx.now))
    else:
        tx.put(chief.profile._replace(unlinked_at=tx.now, written_at=tx.now))
    return {"failed": False, "account": mail}


@instructs(MasterRecoverAccount)
def recover_account(tx: Tx, _command: MasterRecoverAccount) -> Answer:
    """The master is no longer marked for removal."""
    chief = chief_of(tx, flagged=True)
    unlinked_at = chief.profile.unlinked_at
    if unlinked_at is None:
        raise Refusal("invalid", "This master is not marked for removal. There is nothing to recover.")
    if tx.now >= unlinked_at + RECOVERY_MS:
        raise Refusal("recovery_over", "A master can be recovered for 30 days after it was marked for removal.")
    profile = chief.profile._replace(unlinked_at=None, written_at=tx.now)
    tx.put(profile)
    return {
        "failed": False,
        "account": chief.mail,
        "account_data": full_data(chief._replace(profile=profile)),
        "session_data": session_data(chief.session, chief.mail),
    }


@instructs(InspectCTokens)
def inspect_clients(tx: Tx, _command: InspectCTokens) -> Answer:
    """The client ids that acquired the master and work."""
    chief = chief_of(tx, logged_in=False)
    labels = [label(token) for token in clients_of(chief.zero, tx.master)]
    return {"failed": False, "account": chief.mail, "account_data": full_data(chief), "ctokens": labels}


@instructs(InspectCToken)
def inspect_client(tx: Tx, _command: InspectCToken) -> Answer:
    """A client id that acquired the master."""
    chief = chief_of(tx, logged_in=False)
    wanted = int(tx.material.get("ctoken", "0"))
    for token in clients_of(chief.zero, tx.master):
        if token.id == wanted:
            data = ctoken_data(chief.zero, token)
            return {"failed": False, "account": chief.mail, "ctoken": label(token), "ctoken_data": data}
    raise Refusal("not_found", "No client id of this name has acquired the master. Send InspectCTokens for the list.")


@instructs(InspectSubPool)
def inspect_pool(tx: Tx, _command: InspectSubPool) -> Answer:
    """The accounts of the master, read beside the lane."""
    chief = chief_of(tx)
    return {"failed": False, "account": chief.mail, "subpool": {"master": tx.master}}


@instructs(InspectSubordonate)
def inspect_account(tx: Tx, command: InspectSubordonate) -> Answer:
    """An account of the master."""
    chief = chief_of(tx)
    found: list[CustomerProfile] = tx.range(CUSTOMER_NO, command.subordonate)
    if found:
        bring(tx, found[0].id)
    customer = sure(tx, Customer, found[0].id) if found else None
    if customer is None or customer.erased_at is not None:
        raise Refusal("not_found", "The master has no account of this number. Send InspectSubPool for the list.")
    profile = found[0]
    if profile.session is not None and not _is_used(chief, profile.session):
        profile = profile._replace(session=None)  # The workers log it out later, as of when its tokens expired.
    return {"failed": False, "account": chief.mail, "subordonate": account_data(tx, customer, profile)}


def _is_used(chief: Chief, session: int) -> bool:
    """Whether both tokens of a session still work."""
    token = sure(chief.zero, SessionToken, session)
    return works(token, chief.tx.now) and works(sure(chief.zero, ClientToken, token.client), chief.tx.now)


@instructs(MasterViewLogin)
def view_logins(tx: Tx, _command: MasterViewLogin) -> Answer:
    """The master; when it logged in is read beside the lane."""
    return {"failed": False, "account": chief_of(tx).mail, "login_records": {"principal": MASTER}}


@instructs(MasterViewLogout)
def view_logouts(tx: Tx, _command: MasterViewLogout) -> Answer:
    """The master; when it logged out is read beside the lane."""
    return {"failed": False, "account": chief_of(tx).mail, "logout_records": {"principal": MASTER}}
