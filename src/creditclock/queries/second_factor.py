"""The second factor: how it is shown."""

from creditclock.contract.instants import shown
from creditclock.contract.second_factor import GetSecondFactor, SecondFactor
from creditclock.domain.access import Caller
from creditclock.queries.asking import answers
from creditclock.queries.tokens import second_factor
from creditclock.storage.snapshot import Snapshot


@answers(GetSecondFactor)
def get_second_factor(snapshot: Snapshot, _query: GetSecondFactor, caller: Caller) -> SecondFactor:
    """Whether the caller's second factor is on; one that waits to be confirmed is not."""
    found = second_factor(snapshot, caller.id)
    if found is None or found.confirmed_at is None:
        return SecondFactor(on=False, since=None, recovery_codes_left=0)
    return SecondFactor(on=True, since=shown(found.confirmed_at), recovery_codes_left=len(found.codes.split()))
