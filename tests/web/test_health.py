"""Health, the API's description, and plain HTTP."""

import socket
from pathlib import Path

import pytest

from tests.server import Server, Shop

ROOT = Path(__file__).parents[2]


def test_server_is_healthy_and_ready(server: Server) -> None:
    assert server.nobody.get("/healthz").body == b"ok\n"
    assert server.nobody.get("/readyz").body == b"ready\n"


def test_description_is_the_committed_one(server: Server) -> None:
    answer = server.nobody.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.ok()["openapi"].startswith("3.1")
    assert answer.body.strip() == (ROOT / "openapi.json").read_bytes().strip()


def test_reference_page_needs_nothing_from_elsewhere(server: Server) -> None:
    answer = server.nobody.get("/docs")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert b"<script" not in answer.body
    assert b'src="http' not in answer.body


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_health_and_pages_are_only_read(server: Server, path: str) -> None:
    answer = server.nobody.post(path)
    answer.refused(405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/docs"])
def test_head_of_a_page_has_no_body(server: Server, path: str) -> None:
    head, whole = server.nobody.send("HEAD", path), server.nobody.get(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))


def test_head_of_the_api_has_no_body(shop: Shop) -> None:
    path = f"/v1/wallets/{shop.customer().wallet}"
    head, whole = shop.key.send("HEAD", path), shop.key.get(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    missing = shop.key.send("HEAD", "/v1/wallets/nothing")
    assert (missing.status, missing.body) == (404, b"")
    shop.key.send("HEAD", f"{path}/top-up").headers["allow"].index("POST")


def test_answers_are_not_kept_by_others(shop: Shop) -> None:
    for answer in (shop.key.get("/v1/who"), shop.key.get("/v1/nothing"), shop.key.post("/v1/customers", {})):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


def test_connection_is_kept_over_answers_and_refusals(shop: Shop) -> None:
    """Also over a refusal that came before the body was looked at."""
    wallet = shop.customer().wallet
    head = f"Host: x\r\nAuthorization: Bearer {shop.key.token}\r\nContent-Type: application/json\r\n"
    requests = (
        ("GET /v1/who", b"", 200),
        ("GET /v1/nothing", b"", 404),
        ("POST /v1/nothing", b'{"amount": 1}', 404),
        (f"POST /v1/wallets/{wallet}/top-up", b'{"amount": 1}', 200),
        (f"POST /v1/wallets/{wallet}/top-up", b'{"amount": ', 400),
        (f"POST /v1/masters/{shop.id}/freeze", b"{}", 403),
        (f"HEAD /v1/wallets/{wallet}", b"", 200),
        (f"GET /v1/wallets/{wallet}", b"", 200),
        ("GET /healthz", b"", 200),
    )
    with socket.create_connection(("127.0.0.1", shop.server.port), timeout=10) as connection:
        for line, body, status in requests:
            request = f"{line} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            connection.sendall(request)
            answer = _read(connection, with_body=not line.startswith("HEAD"))
            assert answer.startswith(f"HTTP/1.1 {status} ".encode()), (line, answer)


def test_requests_may_be_sent_without_waiting(shop: Shop) -> None:
    wallet = shop.customer().wallet
    body = b'{"amount": 1}'
    head = f"Host: x\r\nAuthorization: Bearer {shop.key.token}\r\nContent-Type: application/json\r\n"
    one = f"POST /v1/wallets/{wallet}/top-up HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", shop.server.port), timeout=10) as connection:
        connection.sendall(one * 20)
        received = b""
        while received.count(b'"balance":') < 40:
            more = connection.recv(65_536)
            assert more, received
            received += more
    assert received.count(b"HTTP/1.1 200 ") == 20
    assert shop.balance(wallet) == 20


def _read(connection: socket.socket, *, with_body: bool) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, content = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while with_body and len(content) < length:
        content += connection.recv(65_536)
    return head + content
