"""Findings: what an import says about the old file, and how much of it is moved."""

from collections import Counter
from typing import Final

MOST: Final = 1_000
"""So many findings of a kind are kept; the others are counted."""
KINDS: Final = ("businesses", "accounts", "wallets", "clocks", "sheets", "records", "contacts", "logins")


class Findings:
    """What doesn't fit, and what becomes of it.

    `left_out` is not moved, `changed` is moved as far as it goes, `remarks` are worth knowing though everything fits.
    """

    def __init__(self) -> None:
        self.left_out: list[str] = []
        self.changed: list[str] = []
        self.remarks: list[str] = []
        self.beyond = 0
        """How many findings were not kept."""
        self.found: Counter[str] = Counter()
        """How many things of each kind are in the file."""
        self.moved: Counter[str] = Counter()
        self.there: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.credits = 0
        self.ms = 0

    @property
    def fits(self) -> bool:
        """Whether everything is moved as it was."""
        return not self.left_out and not self.changed

    def leave(self, where: str, what: str) -> None:
        """Say what is left out, and why."""
        self._keep(self.left_out, f"{where}: {what}")

    def change(self, where: str, what: str) -> None:
        """Say what is moved otherwise than it was."""
        self._keep(self.changed, f"{where}: {what}")

    def remark(self, where: str, what: str) -> None:
        """Say what is worth knowing."""
        self._keep(self.remarks, f"{where}: {what}")

    def table(self) -> list[dict[str, str | int]]:
        """For each kind of thing how many are in the file, and what becomes of them."""
        return [
            {
                "kind": kind,
                "in_the_file": self.found[kind],
                "moved": self.moved[kind],
                "there_already": self.there[kind],
                "left_out": self.left[kind],
            }
            for kind in KINDS
        ]

    def _keep(self, place: list[str], finding: str) -> None:
        if len(place) < MOST:
            place.append(finding)
        else:
            self.beyond += 1
