"""Reports: a method for each instruction. Written by `make docs`. Don't edit it."""

from typing import Any

from creditclock.contract.instructions.reports import IssueReport, IssueReported
from creditclock.instructions.calling import Caller


class ReportInstructions(Caller):
    """Reports."""

    def issue_report(self, issue: dict[str, Any]) -> IssueReported:
        """Report an issue to the operator; `issue` holds `name`, `email`, `details` and `log` (base64).

        Gives IssueReported: A report that was kept; `issue` is its id, `source` the address that it came from. It has
        `issue`, `timestamp`, `source`, `contact`.

        IssueReport needs nothing.
        """
        return self.call(IssueReport(issue=issue))
