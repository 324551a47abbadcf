"""Issue reports: how they are shown."""

from creditclock.contract.instants import shown
from creditclock.contract.issue_reports import GetIssueReport, IssueReport, ListIssueReports, WholeIssueReport
from creditclock.contract.pages import Page
from creditclock.contract.values import master_of, number_of
from creditclock.domain.access import Caller
from creditclock.domain.rows import IssueReport as IssueReportRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import ident, not_found
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


@answers(ListIssueReports)
def list_issue_reports(snapshot: Snapshot, query: ListIssueReports, _caller: Caller) -> Page[IssueReport]:
    """The reports, newest first."""
    found = lists.issue_reports(snapshot, after(query.cursor), query.limit)
    return page(found, query.limit, lambda report: report.no, lambda report: _shown(snapshot, report))


@answers(GetIssueReport)
def get_issue_report(snapshot: Snapshot, query: GetIssueReport, _caller: Caller) -> WholeIssueReport:
    """One report; another one may have taken its place."""
    number = number_of(query.issue_report)
    here = master_of(query.issue_report) == snapshot.master
    found = lists.issue_reports(snapshot, number + 1, 1) if here else []
    if not found or found[0].no != number:
        raise not_found(query.issue_report)
    report = found[0]
    return WholeIssueReport(
        id=query.issue_report,
        at=shown(report.at),
        source=report.source,
        contact=report.contact,
        name=report.name,
        details=report.details,
        log=report.log,
    )


def _shown(snapshot: Snapshot, report: IssueReportRow) -> IssueReport:
    return IssueReport(
        id=ident(snapshot, "iss", report.no),
        at=shown(report.at),
        source=report.source,
        contact=report.contact,
        name=report.name,
    )
