"""Everything is carried out at the first try when no row is in memory, as after another server's write."""

from collections.abc import Callable

from tests.conftest import Servers
from tests.instructions.desk import PASSWORD, Desk, Json

Step = tuple[str, Callable[[], object]]


def test_nothing_needs_to_be_in_memory(servers: Servers) -> None:
    desk = Desk.logged_in(servers.kept("postgresql", test_clock=True), "ann", credits=500, minutes=100)
    desk.add("ben")
    desk.ok("SwitchAccount", account="ann@ex.org")
    desk.log_master_in()
    shop = desk.server.signed_in(desk.mail, PASSWORD)
    ann, ben = (one for one in shop.get("/v1/customers").ok()["items"])
    wallet, clock = ann["wallets"][0], ann["clocks"][0]

    def told(path: str, body: Json) -> Callable[[], object]:
        return lambda: shop.post(path, body).ok()

    def sent(label: str, **given: Json) -> Callable[[], object]:
        return lambda: desk.ok(label, **given)

    steps: list[Step] = [
        ("make a customer", lambda: shop.post("/v1/customers", {"login": "dan", "name": "Dan"}).ok(201)),
        ("top-up", told(f"/v1/wallets/{wallet}/top-up", {"amount": 5})),
        ("pay a customer", told(f"/v1/wallets/{wallet}/pay", {"amount": 5, "to_customer": ben["id"]})),
        ("pay a wallet", told(f"/v1/wallets/{wallet}/pay", {"amount": 5, "to_wallet": ben["wallets"][0]})),
        ("pay the business", told(f"/v1/wallets/{wallet}/pay", {"amount": 5})),
        ("transfer", told(f"/v1/wallets/{wallet}/transfer", {"amount": 5, "to_customer": ben["id"]})),
        ("buy", told(f"/v1/clocks/{clock}/buy", {"amount": 2})),
        ("return", told(f"/v1/clocks/{clock}/return", {"ms": 60_000})),
        *((label, sent(label)) for label in ("ViewAccount", "ViewCreditEWallet", "ViewCreditClock")),
        *((f"View{kind}Sheet", sent(f"View{kind}Sheet")) for kind in ("Transfer", "Invoice", "Conversion", "Time")),
        ("SupplyCredits", sent("SupplyCredits", credits=3)),
        ("PayCredits", sent("PayCredits", pay="ben@ex.org", credits=3)),
        ("TransferCredits", sent("TransferCredits", transfer_to="ben@ex.org", credits=3)),
        ("ConvertCreditsToClock", sent("ConvertCreditsToClock", credits=3)),
        ("ConvertClockToCredits", sent("ConvertClockToCredits", minutes=3)),
        *((label, sent(label)) for label in ("StartClockTimer", "PauseClockTimer", "ResumeClockTimer")),
        *((label, sent(label)) for label in ("ViewTimeSheet", "ViewCreditClock", "STokenKeepAlive", "StopClockTimer")),
        *((label, sent(label)) for label in ("CreateCreditEWallet", "CreateCreditClock", "CreateTimeSheet")),
        ("AddContactRecord", sent("AddContactRecord", user_name="Cat")),
        ("ViewContactList", sent("ViewContactList")),
        ("MasterViewAccount", sent("MasterViewAccount")),
        ("InspectCTokens", sent("InspectCTokens")),
        ("InspectSubordonate", sent("InspectSubordonate", subordonate=2)),
        ("EditAccount", sent("EditAccount", user_alias="A")),
        ("SwitchAccount", sent("SwitchAccount", account="ben@ex.org")),
        ("AccountLogout", sent("AccountLogout")),
        ("AccountLogin", sent("AccountLogin", user_email="ann@ex.org", user_pass=PASSWORD)),
        ("UnlinkAccount", sent("UnlinkAccount", forced_removal=True)),
        ("ReleaseMaster", sent("ReleaseMaster", key="EWSC-Master-Key-Code")),
    ]
    for name, step in steps:
        # As if another server had written: the lane forgets what it knows of every business.
        desk.server.change(("UPDATE lane SET revision = revision + 1", ()))
        try:
            step()
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error


def test_many_timers_need_not_be_in_memory(servers: Servers) -> None:
    server = servers.kept("postgresql", test_clock=True)
    desk = Desk.logged_in(server, "ann", credits=100)
    wallets = [desk.wallet()["id"], *(desk.ok("CreateCreditEWallet")["ewallet"] for _ in range(7))]
    for wallet in wallets:
        desk.ok("SwitchCreditEWallet", ewallet_id=wallet)
        desk.ok("SupplyCredits", credits=60)
        desk.ok("ConvertCreditsToClock", credits=60)
        desk.ok("StartClockTimer")
    for passed in (60_000, 2 * 3_600_000):
        server.advance(passed)
        fresh = Desk.new(server)
        fresh.mail = desk.mail
        fresh.acquire()
        server.change(("UPDATE lane SET revision = revision + 1", ()))
        fresh.log_in("ann")
        server.change(("UPDATE lane SET revision = revision + 1", ()))
        fresh.ok("ViewAccount")
        fresh.ok("ViewCreditClock")
        state = "active" if passed == 60_000 else "inactive"
        assert fresh.clock()["clock_state"] == state
        desk = fresh
