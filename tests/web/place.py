"""A business with one of everything, and everybody who might call about it."""

from functools import cached_property
from typing import Any

import msgspec

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.operation import DESK, Role
from creditclock.contract.values import PATHS, identify, master_of, number_of
from tests.api import Api, Json
from tests.server import PASSWORD, SCOPES, Server, Shop

WRITES = tuple(operation for operation in OPERATIONS.values() if operation.writes)
DAY_MS = 86_400_000
HARMLESS = "InterogateSessionWorkers"
"""An instruction of the system that changes nothing."""


class Place:
    """A business that nothing happens to by itself: its lane row changes only when somebody writes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.shop = Shop(server, server.operator.post("/v1/masters", self._master(server)).ok(201), self._login)
        self.customer = self.shop.customer(credits=1_000, ms=DAY_MS, password=PASSWORD)
        self.other = self.shop.customer(credits=1_000, password=PASSWORD)
        clock = self.shop.clock_with(self.customer, ms=2 * DAY_MS, parallel=2)
        self.session = self.shop.start(clock, lease_ms=DAY_MS)
        self.app: str = self.shop.owner.get("/v1/apps").ok()["items"][0]["id"]

    def _master(self, server: Server) -> Json:
        self._login = server.unique("owner")
        return {"name": "Corner", "login": self._login, "password": PASSWORD}

    @property
    def lane(self) -> tuple[Any, ...]:
        return self.shop.lane

    @cached_property
    def ids(self) -> dict[str, str]:
        """What the fields of paths name."""
        return {
            "app": self.app,
            "clock": self.customer.clock,
            "customer": self.customer.id,
            "master": self.shop.id,
            "plan": self.server.operator.post("/v1/plans", {"name": "Small"}).ok(201)["id"],
            "session": self.session["id"],
            "tariff": self.shop.tariff,
            "token": self.shop.owner.get("/v1/tokens").ok()["items"][0]["id"],
            "wallet": self.customer.wallet,
            "label": HARMLESS,
        }

    @cached_property
    def _absent(self) -> dict[str, str]:
        """What else the fields of paths may name: nothing that is there, but the business."""
        master = master_of(self.shop.id)
        kinds = {name: identify(prefix, master, 2**47) for name, prefix in PATHS.items()}
        return kinds | {"master": self.shop.id, "label": "Nothing"}

    @cached_property
    def callers(self) -> dict[str, Api]:
        """Everybody by what they are; keys with one scope are called after it."""
        keys = {f"key for {scope}": self.shop.key_with(scope) for scope in SCOPES}
        return {
            "nobody": self.server.nobody,
            "operator": self.server.operator,
            "owner": self.shop.owner,
            "manager": self._staff("manager"),
            "seller": self._staff("seller"),
            "customer": self.shop.signed_in(self.customer),
            "other customer": self.shop.signed_in(self.other),
            "program": self._program(),
            "key for nothing": self.shop.key_with(),
            "publishable": self.shop.publishable(),
            **keys,
        }

    def path(self, operation: Operation) -> str:
        return operation.path.format_map(self.named(operation))

    def named(self, operation: Operation) -> dict[str, str]:
        """What the fields of the operation's path name, of the business where it has such a thing."""
        return {name: self.ids.get(name, self._absent[name]) for name in operation.path_fields}

    def path_to_nothing(self, operation: Operation) -> str:
        """The path with ids that could be, but aren't; only the business is there."""
        return operation.path.format_map(self._absent)

    def body(self, operation: Operation) -> Json:
        """What the operation takes, as its example in the API's description says; none if it takes nothing."""
        described = self._description["paths"][operation.path][operation.method.lower()]
        if "requestBody" not in described:
            return None
        return described["requestBody"]["content"]["application/json"]["example"]

    @cached_property
    def _description(self) -> Json:
        return self.server.nobody.get("/openapi.json").ok()

    def allowed(self, operation: Operation) -> Api:
        """Somebody who may call it."""
        role: Role = next(role for role in operation.by if role in {"owner", "operator", "anyone"})
        return {"owner": self.shop.owner, "operator": self.server.operator}.get(role, self.server.nobody)

    def _program(self) -> Api:
        """The customer in a shipped program."""
        body = {"login": self.customer.login, "password": PASSWORD}
        return self.server.nobody.holding(self.shop.publishable().post("/v1/sign-in", body).ok()["token"])

    def _staff(self, role: str) -> Api:
        """An employee of a role that nobody can be given yet: made behind the server's back, like the owner."""
        master = master_of(self.shop.id)
        owner = number_of(self.shop.owner.get("/v1/who").ok()["id"])
        number = owner - len(DESK) - len(role)
        login = self.server.unique(role)
        self.server.change(
            (
                "INSERT INTO staff (master_id, id, login, name, role, created_at) VALUES (?, ?, ?, ?, ?, 0)",
                (master, number, login, role, role),
            ),
            (
                "INSERT INTO credential (master_id, id, password, version) SELECT master_id,"  # noqa: ISC004
                " CAST(? AS bigint), password, 1 FROM credential WHERE master_id = ? AND id = ?",
                (number, master, owner),
            ),
            (
                "INSERT INTO sign_in_name (master_id, login, of_master, staff) VALUES (0, ?, ?, ?)",
                (login, master, number),
            ),
        )
        return self.server.signed_in(login, PASSWORD)


def body_fields(operation: Operation) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of an operation's command that don't stand in its path."""
    fields = msgspec.structs.fields(operation.command)
    return tuple(field for field in fields if field.name not in operation.path_fields)
