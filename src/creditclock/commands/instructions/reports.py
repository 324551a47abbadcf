"""Reports of the instruction set: what clients' users tell the operator, kept in the database."""

from typing import Final

from creditclock.commands.handling import Tx
from creditclock.commands.instructions.handling import Answer, instructs
from creditclock.commands.instructions.numbers import next_no
from creditclock.contract.instructions.reports import IssueReport
from creditclock.contract.instructions.wording import date
from creditclock.domain.rows import IssueReport as IssueReportRow
from creditclock.queries.source import ident

KEPT: Final = 1_000
"""So many reports are kept; the next one takes the place of the oldest."""


@instructs(IssueReport)
def report_issue(tx: Tx, _command: IssueReport) -> Answer:
    """A report is kept for the operator; what it says was bounded before."""
    said = tx.material
    number = next_no(tx, "issue")
    tx.put(
        IssueReportRow(
            master=tx.master,
            id=number % KEPT,
            no=number,
            at=tx.now,
            source=said["source"],
            contact=said["contact"],
            name=said["name"],
            details=said["details"],
            log=said["log"],
        )
    )
    tx.subject = ident(tx, "iss", number)
    return {
        "failed": False,
        "issue": tx.subject,
        "timestamp": date(tx.now),
        "source": said["source"],
        "contact": said["contact"],
    }
