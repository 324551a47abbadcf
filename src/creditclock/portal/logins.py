"""The logins of the demo: fixed and known to everybody, which is why a demo listens on this machine only."""

from typing import Final, NamedTuple


class Login(NamedTuple):
    """Who signs in, and with what."""

    who: str
    login: str
    password: str


OPERATOR: Final = Login("operator", "operator", "demo-operator")
OWNER: Final = Login("owner", "corner", "demo-corner")
CUSTOMER: Final = Login("customer", "ann", "demo-ann")
KEY_CODE: Final = "corner-cafe-key"
"""By which clients of the instruction set acquire the demo's business."""
LOGINS: Final = (OPERATOR, OWNER, CUSTOMER)
