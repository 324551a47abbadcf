"""Statements: the records, contacts and logins of the old file, in chunks that belong to one sheet or person each."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any, Final, NamedTuple

from creditclock.commands.importing.drafts import CHUNK, ContactDraft, LoginDraft, RecordDraft
from creditclock.ewallet import values
from creditclock.ewallet.businesses import SYSTEM
from creditclock.ewallet.dates import Dates
from creditclock.ewallet.file import Old, OldFile
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.tables import LOGINS, RECORDS

Draft = RecordDraft | ContactDraft | LoginDraft
Party = Callable[[int], int | None]
"""Gives the number of a customer by that of the old account, 0 for the business; None for somebody unknown."""
MOST_CURRENCY: Final = 8


class Stack(NamedTuple):
    """What lies one after the other on a sheet of the old file, or in the journal of a person; and which part it is."""

    kind: str
    owner: int
    part: int
    rows: list[Old]


def stacks(file: OldFile, kind: str, findings: Findings) -> Iterator[Stack]:
    """The records of a kind of sheet, or contacts, a bounded number at a time, by the number of their sheet."""
    for owner, rows in groupby(file.rows(RECORDS[kind], "owner", "id"), key=lambda row: row["owner"]):
        number = values.whole(owner)
        part = 0
        while taken := list(islice(rows, CHUNK)):
            findings.found["contacts" if kind == "contact" else "records"] += len(taken)
            yield Stack(kind, number or 0, part, taken)
            part += 1


def visits(file: OldFile, kind: str, findings: Findings) -> Iterator[tuple[bool, Stack]]:
    """The logins or logouts, a bounded number at a time; each with whether they are a master's own."""
    table = LOGINS[kind]
    for column in ("owner", "master"):
        if not file.knows(table, column):
            continue
        for owner, rows in groupby(file.rows(table, column, "id"), key=lambda row: row[column]):
            number = values.whole(owner)
            part = 0
            while number and (taken := list(islice(rows, CHUNK))):
                findings.found["logins"] += len(taken)
                yield column == "master", Stack(kind, number, part, taken)
                part += 1


class Drafting:
    """Turns rows into what they would be here; what is odd in them is found."""

    def __init__(self, dates: Dates, findings: Findings, party: Party) -> None:
        self._dates = dates
        self._findings = findings
        self._party = party
        self._ways: Mapping[str, Callable[[Old, dict[str, Any]], Draft | None]] = {
            "transfer": self._transfer,
            "invoice": self._invoice,
            "conversion": self._conversion,
            "time": self._time,
            "contact": self._contact,
            "login": self._login,
            "logout": self._login,
        }

    def drafts(self, stack: Stack) -> list[Any]:
        """The drafts of a stack, without those that can't be moved."""
        found: list[Draft] = []
        for row in stack.rows:
            where = f"{stack.kind} record {row['id']!r}"
            shared = {"no": values.whole(row["id"]) or 0}
            if stack.kind not in LOGINS:
                shared |= {
                    "reference": values.text(row["reference"]),
                    "created_at": self._dates.instant(row["created"]),
                    "written_at": self._dates.instant(row["written"]),
                }
            row["where"] = where
            draft = self._ways[stack.kind](row, shared)
            if draft is not None:
                found.append(draft)
        return found

    def _transfer(self, row: Old, shared: dict[str, Any]) -> Draft | None:
        credits_ = self._credits(row)
        if credits_ is None:
            return None
        kind = values.text(row["type"], 40) or "transfer"
        payer, payee = self._somebody(row, "payer"), self._somebody(row, "payee")
        return RecordDraft(**shared, type=kind, credits=credits_, payer=payer, payee=payee)

    def _invoice(self, row: Old, shared: dict[str, Any]) -> Draft | None:
        credits_, price = self._credits(row), values.cost(row["cost"] or 0)
        if credits_ is None:
            return None
        if price is None:
            self._findings.change(row["where"], f"its cost of {row['cost']!r} is left out.")
        if values.notes(row["notes"]):
            self._findings.change(row["where"], "its notes are left out: they have no place here.")
        currency = values.text(row["currency"], MOST_CURRENCY)
        return RecordDraft(
            **shared,
            type="invoice",
            credits=credits_,
            payee=self._somebody(row, "payee"),
            currency=currency,
            cost=price,
            transfer=values.whole(row["transfer"]) if row["transfer"] else None,
        )

    def _conversion(self, row: Old, shared: dict[str, Any]) -> Draft | None:
        """The old software kept neither kind nor credits of what was given back."""
        ms = values.milliseconds(row["minutes"] or 0)
        if ms is None:
            return self._leave(row, f"its {row['minutes']!r} minutes can't be.")
        kind = values.text(row["type"], 40) or "clock2credits"
        credits_ = ms // values.MINUTE_MS if row["credits"] is None else self._credits(row)
        return None if credits_ is None else RecordDraft(**shared, type=kind, credits=credits_, ms=ms)

    def _time(self, row: Old, shared: dict[str, Any]) -> Draft | None:
        ms = values.milliseconds(row["minutes"] or 0)
        if ms is None:
            return self._leave(row, f"its {row['minutes']!r} minutes can't be.")
        start, stop = self._dates.instant(row["start"]), self._dates.instant(row["stop"])
        shared["created_at"] = shared["created_at"] if start is None else start
        shared["written_at"] = shared["written_at"] if stop is None else stop
        return RecordDraft(**shared, type="timer", ms=ms)

    def _contact(self, row: Old, shared: dict[str, Any]) -> Draft:
        return ContactDraft(
            **shared,
            name=values.text(row["name"]),
            email=values.text(row["email"]),
            phone=values.text(row["phone"]),
            notes=values.notes(row["notes"]),
        )

    def _login(self, row: Old, shared: dict[str, Any]) -> Draft | None:
        at = self._dates.instant(row["at"])
        if at is None:
            return self._leave(row, f"{str(row['at'])[:40]!r} is no date.")
        return LoginDraft(**shared, at=at)

    def _credits(self, row: Old) -> int | None:
        found = values.number(row["credits"] or 0)
        if found is None or not 0 <= found <= values.MOST_CREDITS:
            return self._leave(row, f"its {str(row['credits'])[:40]} credits can't be.")
        if found.denominator != 1:
            self._findings.change(row["where"], "the part of a credit in it is left out.")
        return int(found)

    def _somebody(self, row: Old, column: str) -> int | None:
        if row[column] is None:
            return None
        number = values.whole(row[column])
        found = 0 if number == SYSTEM else self._party(number or 0)
        if found is None:
            self._findings.change(row["where"], f"account {row[column]!r} in it isn't known any more.")
        return found

    def _leave(self, row: Old, why: str) -> None:
        self._findings.leave(row["where"], why)
