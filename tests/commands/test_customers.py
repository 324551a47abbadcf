"""Customers who leave, come back, or are forgotten; businesses that are frozen; passwords and tokens that end."""

from creditclock.contract.instants import parsed, shown
from tests.api import Json
from tests.server import OPERATOR_PASSWORD, PASSWORD, Customer, Server, Shop, key_of

DAY = 86_400_000
TABLES = ("customer", "person", "stored", "note", "journal", "event", "credential", "posting", "reference", "staff")


def remove(shop: Shop, customer: Customer, *, at_once: bool = False) -> Json:
    return shop.owner.delete(f"/v1/customers/{customer.id}", {"at_once": at_once}).ok()


def test_removed_customer_is_closed_at_once(timed: Shop) -> None:
    customer = timed.customer(credits=100, ms=60_000, password=PASSWORD)
    other = timed.customer(credits=100)
    caller = timed.signed_in(customer)
    session = timed.start(customer.clock)
    timed.server.advance(5_000)
    removed = remove(timed, customer)
    assert (removed["state"], removed["removed_at"]) == ("removed", shown(timed.server.now))
    found = timed.session(session["id"])
    assert (found["reason"], found["used_ms"], found["ended_at"]) == ("closed", 5_000, removed["removed_at"])
    caller.get("/v1/who").refused(401, "unauthorized")
    body = {"login": customer.login, "password": PASSWORD, "master": timed.id}
    timed.server.nobody.post("/v1/sign-in", body).refused(401, "sign_in_failed")
    before = timed.holdings(customer), timed.lane
    wallet, clock = f"/v1/wallets/{customer.wallet}", f"/v1/clocks/{customer.clock}"
    for path, what in (
        (f"{wallet}/top-up", {"amount": 1}),
        (f"{wallet}/pay", {"amount": 1}),
        (f"{wallet}/transfer", {"amount": 1, "to_wallet": other.wallet}),
        (f"/v1/wallets/{other.wallet}/transfer", {"amount": 1, "to_customer": customer.id}),
        (f"/v1/wallets/{other.wallet}/pay", {"amount": 1, "to_wallet": customer.wallet}),
        (f"{clock}/buy", {"amount": 1}),
        (f"{clock}/return", {"ms": 1}),
        (f"{clock}/grant", {"ms": 1}),
        (f"{clock}/sessions", {}),
        (f"/v1/customers/{customer.id}/wallets", {}),
        (f"/v1/customers/{customer.id}/clocks", {}),
        (f"/v1/customers/{customer.id}/password", {"password": PASSWORD}),
    ):
        problem = timed.key.post(path, what).refused(409, "customer_removed")
        assert problem["customer"] == customer.id, path
    timed.key.delete(f"/v1/customers/{customer.id}").refused(409, "customer_removed")
    timed.key.patch(f"/v1/customers/{customer.id}", {"name": "Ghost"}).refused(409, "customer_removed")
    assert (timed.holdings(customer), timed.lane) == before


def test_recovered_customer_has_everything_again(timed: Shop) -> None:
    customer = timed.customer(credits=100, ms=60_000, password=PASSWORD)
    before = timed.holdings(customer)
    remove(timed, customer)
    timed.server.advance(30 * DAY - 1)
    recovered = timed.key.post(f"/v1/customers/{customer.id}/recover").ok()
    assert (recovered["state"], recovered["removed_at"], recovered["login"]) == ("active", None, customer.login)
    assert timed.holdings(customer) == before
    assert timed.signed_in(customer).get("/v1/who").ok()["id"] == customer.id
    assert timed.key.post(f"/v1/customers/{customer.id}/recover").ok() == recovered


def test_customer_is_erased_after_30_days(timed: Shop) -> None:
    customer = timed.customer(credits=123, ms=4_567, password=PASSWORD)
    later = {"ms": 1_000, "starts_at": shown(timed.server.now + 365 * DAY)}
    timed.key.post(f"/v1/clocks/{customer.clock}/grant", later).ok()
    timed.key.patch(f"/v1/customers/{customer.id}", {"name": "Bob Builder", "email": "bob@example.org"}).ok()
    remove(timed, customer)
    timed.server.advance(30 * DAY)
    timed.key.get(f"/v1/customers/{customer.id}").refused(404, "not_found")
    timed.key.post(f"/v1/customers/{customer.id}/recover").refused(404, "not_found")
    assert timed.key.get("/v1/customers", login=customer.login).ok()["items"] == []
    assert timed.balance(customer.wallet) == 0
    assert timed.clock(customer.clock)["balance_ms"] == 0
    assert (timed.records("wallets", customer.wallet)[-1]["kind"]) == "expired"
    assert sum(r["ms"] for r in timed.records("clocks", customer.clock) if r["kind"] == "expired") == -5_567
    timed.key.post("/v1/customers", {"login": customer.login}).ok(201)


def test_customer_may_be_erased_while_its_session_runs(timed: Shop) -> None:
    customer = timed.customer(credits=10, ms=60_000)
    session = timed.start(customer.clock)
    timed.server.advance(1_234)
    remove(timed, customer, at_once=True)
    found = timed.session(session["id"])
    assert (found["reason"], found["used_ms"]) == ("closed", 1_234)
    clock, wallet = timed.clock(customer.clock), timed.balance(customer.wallet)
    assert (clock["balance_ms"], clock["lots"], wallet) == (0, [], 0)


def test_removed_customer_may_be_erased_before_its_time(timed: Shop) -> None:
    customer = timed.customer(credits=10)
    remove(timed, customer)
    timed.key.delete(f"/v1/customers/{customer.id}", {"at_once": True}).refused(403, "forbidden")
    remove(timed, customer, at_once=True)
    timed.key.get(f"/v1/customers/{customer.id}").refused(404, "not_found")


def test_nothing_in_the_database_tells_who_an_erased_customer_was(server: Server) -> None:
    shop = server.new_shop()
    marks = {"login": "zebra-login", "name": "Zebra Name", "email": "zebra@example.org", "phone": "+99 777"}
    made = shop.key.post("/v1/customers", {**marks, "password": PASSWORD}, key="erasing").ok(201)
    path = f"/v1/wallets/{made['wallets'][0]}/top-up"
    shop.key.post(path, {"amount": 5, "note": "zebra note"}, key="erasing too").refused(422, "invalid")
    shop.key.post(path, {"amount": 5, "note": "zebra note"}, key="erasing-too").ok()
    shop.owner.delete(f"/v1/customers/{made['id']}", {"at_once": True}, key="erasing-now").ok()
    found: list[str] = []
    for table in TABLES:
        for row in server.rows(f"SELECT * FROM {table} WHERE master_id = ?", key_of(shop.id)[0]):
            found += [f"{table}: {value}" for value in row if isinstance(value, str) and _tells(value)]
    assert found == []


def _tells(value: str) -> bool:
    return "zebra" in value.lower() or "+99 777" in value


def test_frozen_business_stops_and_is_still_read(test_clock_server: Server) -> None:
    server = test_clock_server
    shop = server.new_shop()
    running, paused = shop.customer(credits=500, ms=60_000), shop.customer(credits=500, ms=60_000)
    sessions = [shop.start(running.clock), shop.act("pause", shop.start(paused.clock))]
    server.advance(10_000)
    frozen = server.operator.post(f"/v1/masters/{shop.id}/freeze").ok()
    at = server.now
    assert frozen["state"] == "frozen"
    for passed in (0, 20_000):
        server.advance(max(1, passed))
        found = [shop.session(session["id"]) for session in sessions]
        assert [session["reason"] for session in found] == ["closed", "closed"]
        assert [session["ended_at"] for session in found] == [shown(at)] * 2
        assert [session["used_ms"] for session in found] == [10_000, 0]
        assert shop.clock(running.clock)["balance_ms"] == 50_000
    before = shop.holdings(running), shop.balance(paused.wallet)
    wallet, clock = f"/v1/wallets/{running.wallet}", f"/v1/clocks/{running.clock}"
    for path, body in (
        (f"{wallet}/top-up", {"amount": 1}),
        (f"{wallet}/pay", {"amount": 1}),
        (f"{wallet}/transfer", {"amount": 1, "to_wallet": paused.wallet}),
        (f"{clock}/buy", {"amount": 1}),
        (f"{clock}/return", {"ms": 1}),
        (f"{clock}/grant", {"ms": 1}),
        (f"{clock}/sessions", {}),
        (f"/v1/sessions/{sessions[0]['id']}/renew", {"seq": 1}),
        (f"/v1/sessions/{sessions[0]['id']}/resume", {"seq": 1}),
        (f"/v1/sessions/{sessions[0]['id']}/take-over", {}),
    ):
        shop.key.post(path, body).refused(403, "master_frozen")
    shop.key.post(f"/v1/sessions/{sessions[1]['id']}/pause", {"seq": 1}).refused(409, "session_ended")
    assert shop.act("stop", sessions[0])["reason"] == "closed"
    assert (shop.holdings(running), shop.balance(paused.wallet)) == before
    assert server.operator.post(f"/v1/masters/{shop.id}/unfreeze").ok()["state"] == "active"
    assert [shop.session(session["id"])["ended_at"] for session in sessions] == [shown(at)] * 2
    assert shop.start(running.clock)["left_ms"] == 50_000
    shop.key.post(f"{wallet}/pay", {"amount": 1}).ok()
    assert shop.records("clocks", running.clock)[1]["at"] == shown(at)


def test_freezing_after_an_end_leaves_it_as_it_was(test_clock_server: Server) -> None:
    server = test_clock_server
    shop = server.new_shop()
    customer = shop.customer(ms=5_000)
    session = shop.start(customer.clock)
    server.advance(7_000)
    server.operator.post(f"/v1/masters/{shop.id}/freeze").ok()
    server.operator.post(f"/v1/masters/{shop.id}/freeze").ok()
    server.advance(1_000)
    server.operator.post(f"/v1/masters/{shop.id}/unfreeze").ok()
    found = shop.session(session["id"])
    assert (found["reason"], found["used_ms"]) == ("empty", 5_000)


def test_freezing_one_business_touches_no_other(server: Server) -> None:
    frozen, other = server.new_shop(), server.shop
    server.operator.post(f"/v1/masters/{frozen.id}/freeze").ok()
    customer = other.customer(credits=5)
    other.key.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 5}).ok()
    assert frozen.owner.get("/v1/who").ok()["master"] == frozen.id


def test_token_expires(timed: Shop) -> None:
    customer = timed.customer(password=PASSWORD)
    body = {"login": customer.login, "password": PASSWORD, "master": timed.id}
    answer = timed.server.nobody.post("/v1/sign-in", body).ok()
    caller = timed.server.nobody.holding(answer["token"])
    assert parsed(answer["expires_at"]) - timed.server.now == 30 * DAY
    timed.server.advance(30 * DAY - 1)
    caller.get("/v1/who").ok()
    timed.server.advance(1)
    caller.get("/v1/who").refused(401, "unauthorized")
    caller.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 1}).refused(401, "unauthorized")


def test_tokens_are_listed_and_revoked(server: Server) -> None:
    shop = server.new_shop()
    tokens = [server.nobody.post("/v1/sign-in", {"login": shop.login, "password": PASSWORD}).ok() for _ in range(2)]
    one, two = (server.nobody.holding(token["token"]) for token in tokens)
    listed = one.get("/v1/tokens").ok()["items"]
    assert [token["current"] for token in listed] == [True, False]
    assert all("token" not in token for token in listed)
    one.delete(f"/v1/tokens/{listed[1]['id']}").ok()
    two.get("/v1/who").refused(401, "unauthorized")
    two.post("/v1/customers", {"login": "late"}).refused(401, "unauthorized")
    one.delete(f"/v1/tokens/{listed[1]['id']}").refused(404, "not_found")
    one.post("/v1/sign-out").ok()
    one.get("/v1/who").refused(401, "unauthorized")


def test_nobody_revokes_the_token_of_another(server: Server) -> None:
    shop = server.shop
    customer = shop.customer(password=PASSWORD)
    caller = shop.signed_in(customer)
    owners: str = shop.owner.get("/v1/tokens").ok()["items"][0]["id"]
    caller.delete(f"/v1/tokens/{owners}").refused(404, "not_found")
    shop.owner.get("/v1/who").ok()


def test_changed_password_ends_the_other_tokens(server: Server) -> None:
    shop = server.shop
    customer = shop.customer(password=PASSWORD)
    body = {"login": customer.login, "password": PASSWORD, "master": shop.id}
    one, two = (server.nobody.holding(server.nobody.post("/v1/sign-in", body).ok()["token"]) for _ in range(2))
    one.post("/v1/password", {"old_password": "wrong", "password": "battery staple"}).refused(403, "wrong_password")
    two.get("/v1/who").ok()
    one.post("/v1/password", {"old_password": PASSWORD, "password": "battery staple"}).ok()
    one.get("/v1/who").ok()
    two.get("/v1/who").refused(401, "unauthorized")
    server.nobody.post("/v1/sign-in", body).refused(401, "sign_in_failed")
    shop.key.post(f"/v1/customers/{customer.id}/password", {"password": PASSWORD}).ok()
    one.get("/v1/who").refused(401, "unauthorized")
    server.nobody.post("/v1/sign-in", body).ok()


def test_owner_gets_a_new_password_from_the_operator(server: Server) -> None:
    shop = server.new_shop()
    owner = shop.owner
    server.operator.post(f"/v1/masters/{shop.id}/password", {"password": "battery staple"}).ok()
    owner.get("/v1/who").refused(401, "unauthorized")
    answer = server.nobody.post("/v1/sign-in", {"login": shop.login, "password": "battery staple"}).ok()
    assert answer["who"]["role"] == "owner"


def test_customers_sign_in_by_their_business_or_its_product(server: Server) -> None:
    shop, other = server.shop, server.new_shop()
    customer = shop.customer(password=PASSWORD)
    body = {"login": customer.login, "password": PASSWORD}
    product = shop.publishable()
    assert product.post("/v1/sign-in", body).ok()["who"]["id"] == customer.id
    assert server.nobody.post("/v1/sign-in", {**body, "master": shop.id}).ok()["who"]["kind"] == "customer"
    server.nobody.post("/v1/sign-in", body).refused(401, "sign_in_failed")
    server.nobody.post("/v1/sign-in", {**body, "master": other.id}).refused(401, "sign_in_failed")
    other.publishable().post("/v1/sign-in", body).refused(401, "sign_in_failed")
    product.post("/v1/sign-in", {"login": shop.login, "password": PASSWORD}).refused(401, "sign_in_failed")
    product.post("/v1/sign-in", {"login": "operator", "password": OPERATOR_PASSWORD}).refused(401, "sign_in_failed")


def test_customer_without_a_password_signs_in_by_none(server: Server) -> None:
    customer = server.shop.customer()
    for password in ("", "None", "null", PASSWORD):
        body = {"login": customer.login, "password": password, "master": server.shop.id}
        server.nobody.post("/v1/sign-in", body).refused(401, "sign_in_failed")


def test_passwords_are_nowhere_in_the_database(server: Server) -> None:
    secret = "unmistakable-Zanzibar"
    customer = server.shop.customer(password=secret)
    key = server.shop.key.token or ""
    tables = ("credential", "stored", "journal", "event", "token", "app")
    text = str([server.rows(f"SELECT * FROM {table}") for table in tables]) + server.log
    assert secret not in text
    assert key not in text
    token = server.shop.signed_in(customer, secret).token or ""
    assert token not in str(server.rows("SELECT * FROM token"))
