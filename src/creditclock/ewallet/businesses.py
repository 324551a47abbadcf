"""Businesses: the masters of the old file with their accounts, as they would be here."""

import secrets
from collections import defaultdict
from typing import Any, Final, NamedTuple

from creditclock.commands.importing.drafts import ImportCustomer, ImportMaster, Numbers
from creditclock.commands.instructions.masters import KEY_CODE
from creditclock.commands.instructions.numbers import Kind
from creditclock.ewallet import values
from creditclock.ewallet.dates import Dates
from creditclock.ewallet.file import Old, OldFile
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.holdings import Holdings, count, holdings
from creditclock.ewallet.tables import CLOCKS, LOGINS, MASTERS, RECORDS, SHEETS, USERS, WALLETS

SYSTEM: Final = 1
"""The number of the old system account, from which all credits came."""
MOST_KEY: Final = 200
MOST_THINGS: Final = 500
"""An account with more wallets, clocks, sheets and lists is left out."""
_NUMBERED: Final[dict[Kind, Any]] = {
    "account": USERS,
    "wallet": WALLETS,
    "clock": CLOCKS,
    "login": LOGINS["login"],
    "logout": LOGINS["logout"],
    "transfer": SHEETS["transfer"],
    "invoice": SHEETS["invoice"],
    "conversion": SHEETS["conversion"],
    "time": SHEETS["time"],
    "contact": SHEETS["contact"],
    "transfer_record": RECORDS["transfer"],
    "invoice_record": RECORDS["invoice"],
    "conversion_record": RECORDS["conversion"],
    "time_record": RECORDS["time"],
    "contact_record": RECORDS["contact"],
}
"""The table that each kind of number comes from."""


class Account(NamedTuple):
    """An account as it would be here, and the SHA-256 of its password if there is one."""

    hash: str | None
    command: ImportCustomer

    @property
    def source(self) -> int:
        """Its number in the old file."""
        return self.command.source


class Business(NamedTuple):
    """A master as it would be here, with its accounts; `hash` as of an account."""

    hash: str | None
    key_code: str
    command: ImportMaster
    accounts: list[Account]

    @property
    def where(self) -> str:
        """What findings call it."""
        return f"business {self.command.source} ({self.command.login})"


class Contents(NamedTuple):
    """What the old file holds: the businesses, the number of the account that each sheet is of, the numbers given."""

    businesses: list[Business]
    owners: dict[tuple[str, int], int]
    numbers: Numbers


class _Reader:
    """Reads the people of the old file."""

    def __init__(self, file: OldFile, dates: Dates, zone: str, findings: Findings) -> None:
        self.file = file
        self.dates = dates
        self.zone = zone
        self.findings = findings
        self.numbers = Numbers(last={kind: min(file.last(table), values.MAX) for kind, table in _NUMBERED.items()})

    def contents(self) -> Contents:
        """The businesses that could be moved, each with those of its accounts that could."""
        masters = [row for row in self.file.rows(MASTERS) if values.whole(row["id"])]
        users = [row for row in self.file.rows(USERS) if values.whole(row["id"])]
        system = next((SYSTEM for row in users if int(row["id"]) == SYSTEM and not row["owner"]), None)
        own = holdings(self.file, self.dates, {int(row["id"]) for row in users}, system, self.findings)
        by_master: dict[int, list[Old]] = defaultdict(list)
        known = {int(row["id"]) for row in masters}
        for row in users:
            if int(row["id"]) == system:
                self._leave_system(own)
                continue
            self.findings.found["accounts"] += 1
            owner = values.whole(row["owner"])
            if owner not in known:
                self._leave_account(row, own, "its master isn't there any more")
            else:
                by_master[owner or 0].append(row)
        found = [self._business(row, by_master[int(row["id"])], own) for row in masters]
        return Contents([one for one in found if one], own.owners, self.numbers)

    def _business(self, row: Old, users: list[Old], own: Holdings) -> Business | None:
        findings, source = self.findings, int(row["id"])
        findings.found["businesses"] += 1
        login, where = values.login(row["email"]), f"business {source} ({_short(row['email'])})"
        if login is None:
            findings.left["businesses"] += 1
            findings.leave(where, f"no login can be made of its e-mail. Its {len(users)} accounts are left out too.")
            for user in users:
                self._count_left(user, own)
            return None
        key_code = _key_code(row["key_code"])
        if key_code is None:
            findings.change(where, "it has no key code. A new one is made: its owner sees it when logged in.")
        elif key_code == KEY_CODE:
            findings.remark(where, "its key code is the one that everybody knows. Let its owner choose another one.")
        frozen = not values.flag(row["active"], unless=True)
        if frozen:
            findings.remark(where, "it is frozen, and stays so until the operator unfreezes it.")
        unlinked = values.flag(row["unlink"], unless=False)
        if unlinked:
            findings.remark(where, "it is marked for removal, from the day of the import on.")
        command = ImportMaster(
            source=source,
            created_at=self.dates.instant(row["created"]),
            login=login,
            name=values.name(row["name"]) or login,
            zone=self.zone,
            customer_limit=values.whole(row["limit"]) if row["limit"] is not None else None,
            alias=values.text(row["alias"]),
            phone=values.text(row["phone"]),
            company=values.text(row["company"]),
            address=values.text(row["address"]),
            frozen=frozen,
            unlinked=unlinked,
            numbers=self.numbers,
        )
        found = Business(self._hash(where, row), key_code or secrets.token_urlsafe(12), command, [])
        taken: set[str] = set()
        for user in users:
            account = self._account(user, own, taken)
            if account:
                taken.add(account.command.login)
                found.accounts.append(account)
        return found

    def _account(self, row: Old, own: Holdings, taken: set[str]) -> Account | None:
        source = int(row["id"])
        login, where = values.login(row["email"]), _where(row)
        held = own.things(source)
        things = held.wallets + held.clocks + held.pieces
        if login is None:
            self._leave_account(row, own, "no login can be made of its e-mail")
        elif login in taken:
            self._leave_account(row, own, "an older account of this business has the same e-mail")
        elif things > MOST_THINGS:
            self._leave_account(
                row, own, f"it has {things} wallets, clocks and sheets, {MOST_THINGS} at most are moved"
            )
        else:
            removed = values.flag(row["unlink"], unless=False)
            if removed:
                self.findings.remark(
                    where, "it is marked for removal. It can be recovered for 30 days from the import."
                )
            if not own.wallets.get(source):
                self.findings.remark(where, "it has no wallet. It is given an empty one, and a clock.")
            command = ImportCustomer(
                source=source,
                created_at=self.dates.instant(row["created"]),
                login=login,
                name=self._field(where, "name", row["name"], values.name(row["name"])),
                email=self._field(where, "e-mail", row["email"], values.email(row["email"])),
                phone=self._field(where, "phone number", row["phone"], values.phone(row["phone"])),
                alias=values.text(row["alias"]),
                removed=removed,
                wallets=own.wallets.get(source, []),
                lists=own.lists.get(source, []),
                numbers=self.numbers,
            )
            return Account(self._hash(where, row), command)
        return None

    def _field(self, where: str, what: str, old: object, new: str | None) -> str | None:
        if new is None and values.notes(old):
            self.findings.change(where, f"its {what} {_short(old)!r} is none, and is left out.")
        return new

    def _hash(self, where: str, row: Old) -> str | None:
        found = values.password_hash(row["hash"])
        if found is None:
            self.findings.change(where, "its password can't be moved. It can't sign in until it is given a new one.")
        return found

    def _leave_account(self, row: Old, own: Holdings, why: str) -> None:
        self.findings.leave(_where(row), f"{why}. {_held(own, int(row['id']))}")
        self._count_left(row, own)

    def _count_left(self, row: Old, own: Holdings) -> None:
        self.findings.left["accounts"] += 1
        count(self.findings.left, own.things(int(row["id"])))

    def _leave_system(self, own: Holdings) -> None:
        """The old system account is no account here: what it issued is in the books of each business."""
        count(self.findings.found, own.things(SYSTEM), -1)
        self.findings.remark(
            "account 1", "the system account and its sheets are not moved: each business issues its credits itself."
        )


def contents(file: OldFile, dates: Dates, zone: str, findings: Findings) -> Contents:
    """What of the old file could be moved to an installation that is empty."""
    found = _Reader(file, dates, zone, findings).contents()
    for missing in file.missing:
        findings.remark("file", missing)
    return found


def _where(row: Old) -> str:
    return f"account {row['id']} ({_short(row['email'])})"


def _held(own: Holdings, account: int) -> str:
    held = own.things(account)
    return f"It held {held.credits} credits and {held.ms / values.MINUTE_MS:.2f} minutes."


def _key_code(value: object) -> str | None:
    """A key code as it is; None for what nobody could type."""
    return value if isinstance(value, str) and 0 < len(value) <= MOST_KEY and value.isprintable() else None


def _short(value: object) -> str:
    return str(value)[:60] if value is not None else "no e-mail"
