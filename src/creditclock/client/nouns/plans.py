"""Plans: a method for each operation. Written by `make docs`. Don't edit it."""

from msgspec import UNSET, UnsetType

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.plans import ChangePlan, CreatePlan, GetPlan, ListPlans, Plan, RemovePlan
from creditclock.contract.tokens import Done


class PlanOperations:
    """The operations of plans."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(
        self,
        *,
        name: str,
        customer_limit: int | None = None,
        seat_limit: int | None = None,
        app_limit: int | None = None,
        key: str | None = None,
    ) -> Plan:
        """Make a plan. A limit that is left out does not limit.

        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            CreatePlan(name=name, customer_limit=customer_limit, seat_limit=seat_limit, app_limit=app_limit), key=key
        )

    def list(self, *, limit: int = 100) -> Listing[Plan]:
        """List the plans, oldest first.

        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListPlans(limit=limit, cursor=cursor)))

    def get(self, plan: str) -> Plan:
        """Show a plan.

        plan: Id of a plan.
        """
        return self._client.call(GetPlan(plan=plan))

    def change(
        self,
        plan: str,
        *,
        name: str | UnsetType = UNSET,
        customer_limit: int | UnsetType | None = UNSET,
        seat_limit: int | UnsetType | None = UNSET,
        app_limit: int | UnsetType | None = UNSET,
        key: str | None = None,
    ) -> Plan:
        """Change a plan, and with it all businesses on it; fields that are left out stay, null does not limit.

        When this is answered the new limits hold for all of them, but where the operator gave a business its own.
        Lowering a limit below what is there takes nothing away: only new ones are refused.

        plan: Id of a plan.
        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            ChangePlan(plan=plan, name=name, customer_limit=customer_limit, seat_limit=seat_limit, app_limit=app_limit),
            key=key,
        )

    def remove(self, plan: str, *, key: str | None = None) -> Done:
        """Remove a plan that no business is on.

        plan: Id of a plan.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RemovePlan(plan=plan), key=key)


class AsyncPlanOperations:
    """The operations of plans."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(
        self,
        *,
        name: str,
        customer_limit: int | None = None,
        seat_limit: int | None = None,
        app_limit: int | None = None,
        key: str | None = None,
    ) -> Plan:
        """Make a plan. A limit that is left out does not limit.

        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            CreatePlan(name=name, customer_limit=customer_limit, seat_limit=seat_limit, app_limit=app_limit), key=key
        )

    def list(self, *, limit: int = 100) -> AsyncListing[Plan]:
        """List the plans, oldest first.

        limit: Items per page.
        """
        return AsyncListing(lambda cursor: self._client.call(ListPlans(limit=limit, cursor=cursor)))

    async def get(self, plan: str) -> Plan:
        """Show a plan.

        plan: Id of a plan.
        """
        return await self._client.call(GetPlan(plan=plan))

    async def change(
        self,
        plan: str,
        *,
        name: str | UnsetType = UNSET,
        customer_limit: int | UnsetType | None = UNSET,
        seat_limit: int | UnsetType | None = UNSET,
        app_limit: int | UnsetType | None = UNSET,
        key: str | None = None,
    ) -> Plan:
        """Change a plan, and with it all businesses on it; fields that are left out stay, null does not limit.

        When this is answered the new limits hold for all of them, but where the operator gave a business its own.
        Lowering a limit below what is there takes nothing away: only new ones are refused.

        plan: Id of a plan.
        name: A name for people, on one line, without characters that nobody sees.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            ChangePlan(plan=plan, name=name, customer_limit=customer_limit, seat_limit=seat_limit, app_limit=app_limit),
            key=key,
        )

    async def remove(self, plan: str, *, key: str | None = None) -> Done:
        """Remove a plan that no business is on.

        plan: Id of a plan.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RemovePlan(plan=plan), key=key)
