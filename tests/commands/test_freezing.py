"""Freezing a business: what was answered as frozen has ended its sessions, whatever else is asked at that moment."""

from concurrent.futures import ThreadPoolExecutor

from tests.server import Server

ROUNDS = 5


def test_freeze_and_unfreeze_at_once_leave_nothing_running(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(ms=3_600_000)
    path = f"/v1/masters/{shop.id}"
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            session = shop.start(customer.clock)["id"]
            unfreeze = pool.submit(server.operator.post, f"{path}/unfreeze")
            freeze = pool.submit(server.operator.post, f"{path}/freeze")
            unfreeze.result()
            assert freeze.result().ok()["state"] == "frozen"
            assert shop.session(session)["state"] == "ended"
            server.operator.post(f"{path}/unfreeze").ok()
