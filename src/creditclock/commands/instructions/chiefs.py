"""Chiefs: masters at work in a session of the instruction set, and how they are shown."""

from typing import Final, NamedTuple

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.handling import Answer, inside, tokens_of, works
from creditclock.commands.instructions.tokens import mail_of
from creditclock.commands.masters import master_profile
from creditclock.contract import Refusal
from creditclock.contract.instructions.wording import date
from creditclock.contract.values import identify
from creditclock.domain.plans import limits
from creditclock.domain.rows import ClientToken, Credential, Master, MasterProfile, SecondFactor, SessionToken, Staff
from creditclock.queries.source import sure
from creditclock.storage.relations import ACQUIRED

FIRST_VERSION: Final = 1
"""The version of a password that nobody has changed."""


class Chief(NamedTuple):
    """A master at work in a session: the command in that master and in scope 0, and who it is."""

    tx: Tx
    zero: Tx
    client: ClientToken
    session: SessionToken
    master: Master
    profile: MasterProfile

    @property
    def mail(self) -> str:
        """The master's e-mail."""
        return mail_of(self.tx)


def chief_of(tx: Tx, *, logged_in: bool = True, flagged: bool = False) -> Chief:
    """The session's own master.

    Refuses `not_logged_in`, `master_frozen` and, unless it may be `flagged`, `marked_for_removal`.
    """
    tokens = tokens_of(tx)
    session = tokens.session
    trusted = session is not None and (signed_in(tx, session) if logged_in else is_trusted(tx, session))
    if session is None or session.active != tx.master or not trusted:
        raise Refusal("not_logged_in", "No master is logged in in this session. Send MasterAccountLogin first.")
    if tx.rows.lane.removed_at is not None:
        raise Refusal("not_logged_in", "This master was removed.")
    if tx.frozen_at is not None:
        raise Refusal("master_frozen", "This master is frozen. Ask the operator.")
    profile = master_profile(tx)
    if profile.unlinked_at is not None and not flagged:
        raise Refusal("marked_for_removal", "This master is marked for removal. Send MasterRecoverAccount first.")
    tx.subject = identify("mas", tx.master, 0)
    return Chief(tx, tokens.tx, tokens.client, session, sure(tx, Master, 0), profile)


def signed_in(tx: Tx, session: SessionToken) -> bool:
    """Whether a master has signed in in a session, with the password that it still has and nothing but it."""
    version = _enough(tx)
    return version is not None and session.logged_in == version


def is_trusted(tx: Tx, session: SessionToken) -> bool:
    """Whether a master has signed in in a session, or was made there and nobody has changed its password since."""
    if session.active != tx.master:
        return False
    version = _enough(tx)
    return version is not None and (session.logged_in or FIRST_VERSION) == version


def _enough(tx: Tx) -> int | None:
    """The version of the password that alone signs a master's owner in; None where it takes more, or there is none."""
    owner = sure(tx, Master, 0).owner
    tx.want([(kind, None, owner) for kind in (Credential, SecondFactor, Staff)])
    credential, factor = tx.get(Credential, owner), tx.get(SecondFactor, owner)
    if credential is None or (factor is not None and factor.confirmed_at is not None):
        return None
    return credential.version


def may_enrol(zero: Tx, session: SessionToken) -> bool:
    """Whether a session's own master has signed in and works, so that it may make another one."""
    tx = None if session.active is None else inside(zero, session.active)
    return tx is not None and tx.frozen_at is None and signed_in(tx, session)


def clients_of(zero: Tx, master: int) -> list[ClientToken]:
    """The client ids that acquired a master and work; `zero` is in scope 0."""
    found: list[ClientToken] = zero.range(ACQUIRED, master)
    return [token for token in found if works(token, zero.now)]


def full_data(chief: Chief) -> Answer:
    """A master that is at work."""
    return master_data(chief.tx, chief.profile, len(clients_of(chief.zero, chief.tx.master)))


def master_data(tx: Tx, profile: MasterProfile, acquired: int) -> Answer:
    """A master, with its accounts to be read beside the lane."""
    master = sure(tx, Master, 0)
    return {
        "id": master.master,
        "name": master.name,
        "create_date": date(master.created_at),
        "write_date": date(profile.written_at),
        "email": mail_of(tx),
        "phone": profile.phone,
        "alias": profile.alias,
        "key_code": profile.key_code or None,
        "account_limit": limits(master).customers,
        "company": profile.company,
        "address": profile.address,
        "subordonate_pool": {"master": tx.master},
        "acquired_ctokens": acquired,
        "active": tx.frozen_at is None,
    }


def session_data(session: SessionToken, mail: str | None) -> Answer:
    """A session as its master sees it."""
    return {
        "id": session.no,
        "master": mail,
        "create_date": date(session.created_at),
        "write_date": date(session.written_at),
        "expiration_date": date(session.valid_until),
    }
