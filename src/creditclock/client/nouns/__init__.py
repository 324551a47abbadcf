"""The operations by their nouns, as attributes of the clients. Written by `make docs`. Don't edit it."""

from functools import cached_property

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.nouns.apps import AppOperations, AsyncAppOperations
from creditclock.client.nouns.audit import AsyncAuditOperations, AuditOperations
from creditclock.client.nouns.clocks import AsyncClockOperations, ClockOperations
from creditclock.client.nouns.customers import AsyncCustomerOperations, CustomerOperations
from creditclock.client.nouns.instructions import AsyncInstructionOperations, InstructionOperations
from creditclock.client.nouns.issue_reports import AsyncIssueReportOperations, IssueReportOperations
from creditclock.client.nouns.masters import AsyncMasterOperations, MasterOperations
from creditclock.client.nouns.plans import AsyncPlanOperations, PlanOperations
from creditclock.client.nouns.second_factor import AsyncSecondFactorOperations, SecondFactorOperations
from creditclock.client.nouns.sessions import AsyncSessionOperations, SessionOperations
from creditclock.client.nouns.supply_requests import AsyncSupplyRequestOperations, SupplyRequestOperations
from creditclock.client.nouns.tariffs import AsyncTariffOperations, TariffOperations
from creditclock.client.nouns.test_clock import AsyncTestClockOperations, TestClockOperations
from creditclock.client.nouns.tokens import AsyncTokenOperations, TokenOperations
from creditclock.client.nouns.wallets import AsyncWalletOperations, WalletOperations
from creditclock.client.nouns.webhooks import AsyncWebhookOperations, WebhookOperations


class Nouns(Caller):
    """The nouns of a client."""

    @cached_property
    def apps(self) -> AppOperations:
        """The operations of apps."""
        return AppOperations(self)

    @cached_property
    def audit(self) -> AuditOperations:
        """The operations of audit."""
        return AuditOperations(self)

    @cached_property
    def clocks(self) -> ClockOperations:
        """The operations of clocks."""
        return ClockOperations(self)

    @cached_property
    def customers(self) -> CustomerOperations:
        """The operations of customers."""
        return CustomerOperations(self)

    @cached_property
    def instructions(self) -> InstructionOperations:
        """The operations of instructions."""
        return InstructionOperations(self)

    @cached_property
    def issue_reports(self) -> IssueReportOperations:
        """The operations of issue reports."""
        return IssueReportOperations(self)

    @cached_property
    def masters(self) -> MasterOperations:
        """The operations of masters."""
        return MasterOperations(self)

    @cached_property
    def plans(self) -> PlanOperations:
        """The operations of plans."""
        return PlanOperations(self)

    @cached_property
    def second_factor(self) -> SecondFactorOperations:
        """The operations of second factor."""
        return SecondFactorOperations(self)

    @cached_property
    def sessions(self) -> SessionOperations:
        """The operations of sessions."""
        return SessionOperations(self)

    @cached_property
    def supply_requests(self) -> SupplyRequestOperations:
        """The operations of supply requests."""
        return SupplyRequestOperations(self)

    @cached_property
    def tariffs(self) -> TariffOperations:
        """The operations of tariffs."""
        return TariffOperations(self)

    @cached_property
    def test_clock(self) -> TestClockOperations:
        """The operations of test clock."""
        return TestClockOperations(self)

    @cached_property
    def tokens(self) -> TokenOperations:
        """The operations of tokens."""
        return TokenOperations(self)

    @cached_property
    def wallets(self) -> WalletOperations:
        """The operations of wallets."""
        return WalletOperations(self)

    @cached_property
    def webhooks(self) -> WebhookOperations:
        """The operations of webhooks."""
        return WebhookOperations(self)


class AsyncNouns(AsyncCaller):
    """The nouns of an asynchronous client."""

    @cached_property
    def apps(self) -> AsyncAppOperations:
        """The operations of apps."""
        return AsyncAppOperations(self)

    @cached_property
    def audit(self) -> AsyncAuditOperations:
        """The operations of audit."""
        return AsyncAuditOperations(self)

    @cached_property
    def clocks(self) -> AsyncClockOperations:
        """The operations of clocks."""
        return AsyncClockOperations(self)

    @cached_property
    def customers(self) -> AsyncCustomerOperations:
        """The operations of customers."""
        return AsyncCustomerOperations(self)

    @cached_property
    def instructions(self) -> AsyncInstructionOperations:
        """The operations of instructions."""
        return AsyncInstructionOperations(self)

    @cached_property
    def issue_reports(self) -> AsyncIssueReportOperations:
        """The operations of issue reports."""
        return AsyncIssueReportOperations(self)

    @cached_property
    def masters(self) -> AsyncMasterOperations:
        """The operations of masters."""
        return AsyncMasterOperations(self)

    @cached_property
    def plans(self) -> AsyncPlanOperations:
        """The operations of plans."""
        return AsyncPlanOperations(self)

    @cached_property
    def second_factor(self) -> AsyncSecondFactorOperations:
        """The operations of second factor."""
        return AsyncSecondFactorOperations(self)

    @cached_property
    def sessions(self) -> AsyncSessionOperations:
        """The operations of sessions."""
        return AsyncSessionOperations(self)

    @cached_property
    def supply_requests(self) -> AsyncSupplyRequestOperations:
        """The operations of supply requests."""
        return AsyncSupplyRequestOperations(self)

    @cached_property
    def tariffs(self) -> AsyncTariffOperations:
        """The operations of tariffs."""
        return AsyncTariffOperations(self)

    @cached_property
    def test_clock(self) -> AsyncTestClockOperations:
        """The operations of test clock."""
        return AsyncTestClockOperations(self)

    @cached_property
    def tokens(self) -> AsyncTokenOperations:
        """The operations of tokens."""
        return AsyncTokenOperations(self)

    @cached_property
    def wallets(self) -> AsyncWalletOperations:
        """The operations of wallets."""
        return AsyncWalletOperations(self)

    @cached_property
    def webhooks(self) -> AsyncWebhookOperations:
        """The operations of webhooks."""
        return AsyncWebhookOperations(self)
