"""Holdings: the wallets and clocks of the old file with what they hold, and the sheets of each."""

from collections import Counter, defaultdict
from typing import Final, NamedTuple

from creditclock.commands.importing.drafts import PIECE, ClockDraft, SheetDraft, WalletDraft
from creditclock.ewallet import values
from creditclock.ewallet.dates import Dates
from creditclock.ewallet.file import Old, OldFile
from creditclock.ewallet.findings import Findings
from creditclock.ewallet.tables import CLOCKS, RECORDS, SHEETS, WALLETS

_STANDS: Final = frozenset({"", "0", "inactive", "idle", "stopped", "none", "null", "false"})


class Things(NamedTuple):
    """How many wallets, clocks and sheets an account has, how many sheets they are here, and what they hold."""

    wallets: int
    clocks: int
    sheets: int
    pieces: int
    credits: int
    ms: int


class Holdings(NamedTuple):
    """The wallets and contact lists by the number of the account, and whose each sheet is by kind and number."""

    wallets: dict[int, list[WalletDraft]]
    lists: dict[int, list[SheetDraft]]
    owners: dict[tuple[str, int], int]

    def things(self, account: int) -> Things:
        """What an account has."""
        return things(self.wallets.get(account, []), self.lists.get(account, []))


def things(wallets: list[WalletDraft], lists: list[SheetDraft]) -> Things:
    """What wallets with their clocks are, with all sheets."""
    clocks = [clock for wallet in wallets for clock in wallet.clocks]
    sheets = [*lists, *(sheet for owner in (*wallets, *clocks) for sheet in owner.sheets)]
    return Things(
        wallets=len(wallets),
        clocks=len(clocks),
        sheets=len(sheets),
        pieces=sum(max(1, -(-sheet.records // PIECE)) for sheet in sheets),
        credits=sum(wallet.credits for wallet in wallets),
        ms=sum(clock.ms for clock in clocks),
    )


class _Sheets:
    """The sheets by kind and owner."""

    def __init__(self, file: OldFile, dates: Dates, findings: Findings) -> None:
        self.by_owner: dict[tuple[str, int], list[SheetDraft]] = defaultdict(list)
        for kind, table in SHEETS.items():
            records = file.counts(RECORDS[kind])
            for row in file.rows(table):
                number, owner = values.whole(row["id"]), values.whole(row["owner"])
                findings.found["sheets"] += 1
                if not number or not owner:
                    self._leave(findings, kind, row["id"])
                    continue
                draft = SheetDraft(
                    kind=kind,  # pyright: ignore[reportArgumentType] - one of its kinds
                    no=number,
                    reference=values.text(row["reference"]),
                    created_at=dates.instant(row["created"]),
                    written_at=dates.instant(row["written"]),
                    records=records.get(row["id"], 0),
                )
                self.by_owner[kind, owner].append(draft)
        self._findings = findings

    def taken(self, owner: int, *kinds: str) -> list[SheetDraft]:
        """The sheets of an owner, which are its own from now on."""
        return [draft for kind in kinds for draft in self.by_owner.pop((kind, owner), [])]

    def close(self) -> None:
        """Say what is left: sheets whose owner is not there."""
        for (kind, _), drafts in self.by_owner.items():
            for draft in drafts:
                self._leave(self._findings, kind, draft.no)

    def _leave(self, findings: Findings, kind: str, number: object) -> None:
        findings.left["sheets"] += 1
        what = "list" if kind == "contact" else "sheet"
        findings.leave(f"{kind} {what} {number!r}", "whose it is isn't there any more.")


def count(where: Counter[str], held: Things, times: int = 1) -> None:
    """Count the wallets, clocks and sheets."""
    for kind in ("wallets", "clocks", "sheets"):
        where[kind] += times * getattr(held, kind)


def holdings(file: OldFile, dates: Dates, accounts: set[int], system: int | None, findings: Findings) -> Holdings:
    """What the accounts of the old file have. What belongs to none of them is found to be left out.

    `system` is the number of the old system account, which holds nothing that is moved.
    """
    sheets = _Sheets(file, dates, findings)
    wallets = list(file.rows(WALLETS))
    of_system = {values.whole(row["id"]) for row in wallets if system and values.whole(row["owner"]) == system}
    clocks = _clocks(file, dates, sheets, of_system, findings)
    found = Holdings(defaultdict(list), defaultdict(list), {})
    for row in wallets:
        number, owner = values.whole(row["id"]), values.whole(row["owner"])
        findings.found["wallets"] += 1
        if not number or owner not in accounts:
            findings.left["wallets"] += 1
            findings.leave(f"wallet {row['id']!r}", f"its account isn't there any more, it held {row['credits']!r}.")
            continue
        draft = WalletDraft(
            no=number,
            reference=values.text(row["reference"]),
            created_at=dates.instant(row["created"]),
            credits=0 if owner == system else _credits(row, findings),
            sheets=sheets.taken(number, "transfer", "invoice"),
            clocks=clocks.pop(number, []),
        )
        found.wallets[owner].append(draft)
        for sheet in (*draft.sheets, *(one for clock in draft.clocks for one in clock.sheets)):
            found.owners[sheet.kind, sheet.no] = owner
    for drafts in clocks.values():
        for draft in drafts:
            _leave_clock(findings, draft.no, f"{draft.ms / values.MINUTE_MS:.2f} minutes")
            findings.left["sheets"] += len(draft.sheets)
    for account in accounts:
        found.lists[account] = sheets.taken(account, "contact")
        found.owners.update(((sheet.kind, sheet.no), account) for sheet in found.lists[account])
    sheets.close()
    return found


def _clocks(
    file: OldFile, dates: Dates, sheets: _Sheets, of_system: set[int | None], findings: Findings
) -> dict[int, list[ClockDraft]]:
    """The clocks by the number of their wallet; those of the system hold nothing."""
    found: dict[int, list[ClockDraft]] = defaultdict(list)
    for row in file.rows(CLOCKS):
        number, owner = values.whole(row["id"]), values.whole(row["owner"])
        findings.found["clocks"] += 1
        if not number or not owner:
            _leave_clock(findings, row["id"], f"{row['minutes']!r} minutes")
            continue
        if owner not in of_system and str(row["state"] or "").strip().lower() not in _STANDS:
            findings.change(
                f"clock {number}", "its timer runs or is paused. It is stopped, and nothing is charged for its time."
            )
        draft = ClockDraft(
            no=number,
            reference=values.text(row["reference"]),
            created_at=dates.instant(row["created"]),
            ms=0 if owner in of_system else _ms(row, findings),
            sheets=sheets.taken(number, "time", "conversion"),
        )
        found[owner].append(draft)
    return found


def _leave_clock(findings: Findings, number: object, held: str) -> None:
    findings.left["clocks"] += 1
    findings.leave(f"clock {number!r}", f"its wallet isn't there any more, it held {held}.")


def _credits(row: Old, findings: Findings) -> int:
    """The credits of a wallet. What is no balance is left out, and the wallet is empty."""
    where, held = f"wallet {row['id']}", row["credits"]
    found = values.number(0 if held is None else held)
    if found is None or found < 0 or found > values.MOST_CREDITS:
        what = "is no number" if found is None else "is below zero" if found < 0 else "is too large"
        findings.leave(where, f"its balance of {_short(held)} {what}. It is moved empty: settle that by hand.")
        return 0
    if found.denominator != 1:
        findings.change(where, f"its balance of {_short(held)} is not whole. The part of a credit is left out.")
    return int(found)


def _ms(row: Old, findings: Findings) -> int:
    """What is left on a clock, in milliseconds. What can't be is left out, and the clock is empty."""
    held = row["minutes"]
    found = values.milliseconds(0 if held is None else held)
    if found is None:
        what = f"its {_short(held)} minutes can't be moved. It is moved empty: settle that by hand."
        findings.leave(f"clock {row['id']}", what)
    return found or 0


def _short(value: object) -> str:
    return str(value)[:40]
