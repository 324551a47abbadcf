"""Issue reports: what users of the instruction set's clients told the operator."""

import msgspec

from creditclock.contract.operation import Command, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import PAGE, Cursor, Instant, IssueReportId, Limit


class IssueReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report, without what may be long; `source` is the address that it came from."""

    id: IssueReportId
    at: Instant
    source: str
    contact: str
    name: str


class WholeIssueReport(IssueReport, frozen=True, kw_only=True):
    """A report with all that it says: `details` is JSON as a text, `log` the client's log."""

    details: str
    log: str


@operation("issue_report.list", "GET /v1/issue-reports", by=("operator",))
class ListIssueReports(Command[Page[IssueReport]], frozen=True, kw_only=True):
    """List the reports, newest first. The newest thousand are kept, for 90 days."""

    limit: Limit = PAGE
    cursor: Cursor | None = None


@operation("issue_report.get", "GET /v1/issue-reports/{issue_report}", by=("operator",))
class GetIssueReport(Command[WholeIssueReport], frozen=True, kw_only=True):
    """Show a report with its details and log."""

    issue_report: IssueReportId
