"""Issue reports: a method for each operation. Written by `make docs`. Don't edit it."""

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.issue_reports import GetIssueReport, IssueReport, ListIssueReports, WholeIssueReport


class IssueReportOperations:
    """The operations of issue reports."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def list(self, *, limit: int = 100) -> Listing[IssueReport]:
        """List the reports, newest first. The newest thousand are kept, for 90 days.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListIssueReports(limit=limit, cursor=cursor)))

    def get(self, issue_report: str) -> WholeIssueReport:
        """Show a report with its details and log.

        issue_report: Id of an issue report.
        """
        return self._client.call(GetIssueReport(issue_report=issue_report))


class AsyncIssueReportOperations:
    """The operations of issue reports."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    def list(self, *, limit: int = 100) -> AsyncListing[IssueReport]:
        """List the reports, newest first. The newest thousand are kept, for 90 days.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListIssueReports(limit=limit, cursor=cursor)))

    async def get(self, issue_report: str) -> WholeIssueReport:
        """Show a report with its details and log.

        issue_report: Id of an issue report.
        """
        return await self._client.call(GetIssueReport(issue_report=issue_report))
