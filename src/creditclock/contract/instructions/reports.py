"""Reports of the instruction set: what a client noticed and wants the operator to know."""

from typing import Any, Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Date


class IssueReported(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was kept; `issue` is its id, `source` the address that it came from."""

    failed: Literal[False] = False
    issue: str
    timestamp: Date
    source: str | None
    contact: str | None


@instruction("action=report report=issue", Needs.NOTHING)
class IssueReport(Instruct[IssueReported], frozen=True, kw_only=True):
    """Report an issue to the operator; `issue` holds `name`, `email`, `details` and `log` (base64)."""

    issue: dict[str, Any]
