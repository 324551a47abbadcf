"""A business to be fuzzed: everybody who calls, signed in again when fuzzing ended their rights, and things to name."""

from creditclock.contract.values import identify
from tests.api import Api
from tests.server import OPERATOR_PASSWORD, PASSWORD, SCOPES, Customer, Server, asked_for_credits

ROLES = ("operator", "owner", "customer", "secret", "publishable", "nobody")


class World:
    """A business of one's own, with a second one that the operator may freeze; what makes them has tokens of its own.

    So fuzzing may end whatever it finds, and goes on.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.shop = server.new_shop()
        self.victim = server.new_shop()
        assert self.shop.key
        self.customer = self._customer()
        self._callers: dict[str, Api] = {"nobody": server.nobody}

    def caller(self, role: str) -> Api:
        """Somebody of a role whose token or key works."""
        known = self._callers.get(role)
        if known is None or (role != "nobody" and known.get("/v1/who").status == 401):
            self._callers[role] = self._new_caller(role)
        return self._callers[role]

    def things(self, role: str) -> dict[str, list[str]]:
        """Ids by their prefix that name something just now, which a role may use up."""
        shop, server = self.shop, self.server
        mine = self.customer if role == "customer" else self._customer()
        caller = self.caller(role)
        found = {
            "mas": [self.victim.id if role == "operator" else shop.id],
            "cus": [mine.id],
            "wal": [mine.wallet],
            "clk": [mine.clock],
            "ses": [self._session(mine.clock)],
            "trf": [shop.tariff],
            "srq": [asked_for_credits(server, mine)],
            "iss": [identify("iss", 0, 1)],
            # The first are those of whoever makes all this.
            "app": [item["id"] for item in shop.owner.get("/v1/apps").ok()["items"][1:]],
            "tok": [item["id"] for item in caller.get("/v1/tokens").json.get("items", [])[role != "customer" :]],
            "whk": [item["id"] for item in caller.get("/v1/webhooks").json.get("items", [])],
            "pln": [item["id"] for item in server.operator.get("/v1/plans").ok()["items"]],
        }
        return {prefix: ids for prefix, ids in found.items() if ids}

    def _customer(self) -> Customer:
        return self.shop.customer(credits=100_000, ms=3_600_000)

    def _session(self, clock: str) -> str:
        running = self.shop.clock(clock)["sessions"]
        return running[0]["id"] if running else self.shop.start(clock)["id"]

    def _new_caller(self, role: str) -> Api:
        shop = self.shop
        match role:
            case "operator":
                return self._signed_in("operator", OPERATOR_PASSWORD)
            case "owner":
                return self._signed_in(shop.login, PASSWORD)
            case "customer":
                self.customer = shop.customer(credits=100_000, ms=3_600_000, password=PASSWORD)
                return self._signed_in(self.customer.login, PASSWORD, shop.id)
            case "publishable":
                return shop.publishable()
            case _:
                return shop.key_with(*SCOPES)

    def _signed_in(self, login: str, password: str, master: str | None = None) -> Api:
        body = {"login": login, "password": password, "master": master}
        return self.server.nobody.holding(self.server.nobody.post("/v1/sign-in", body).ok()["token"])
