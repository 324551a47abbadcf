"""What is sent on the wire may be broken in any way: it is refused, it ends, and the server goes on for others."""

import contextlib
import json
import resource
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api import Api
from tests.conftest import Servers
from tests.server import Customer, Server, Shop
from tests.web.raw import Raw, Said, say

PATIENCE_MS = 2_000
GET = b"GET /v1/who HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LONG = b"Content-Length: 1048576"
HELD = "creditclock_http_body_bytes"
REFUSED = 'creditclock_overload_refusals_total{kind="body"}'
SIGN_IN = b"POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CLOSE = b"Connection: close\r\n"
MALFORMED = {
    "both lengths": b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, the other way": b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0"
    b"\r\n\r\n",
    "two lengths": b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length with a sign": b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    "a length in hexadecimal": b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
    "a length beyond 64 bits": b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "an encoding after chunked": b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "an unknown encoding": b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello",
    "a folded header": b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked, x\r\n\r\n0\r\n\r\n",
    "a NUL in a header": GET + b"X-Y: a\x00b\r\n\r\n",
    "a NUL in a name": GET + b"X\x00Y: a\r\n\r\n",
    "a NUL in the address": b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a control character in the address": b"GET /v1/\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw UTF-8 in the address": "GET /v1/é HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "no name of a header": GET + b": nothing\r\n\r\n",
    "no colon": GET + b"nonsense\r\n\r\n",
    "a bare line end in a header": GET + b"X: a\rY: b\r\n\r\n",
    "no address": b"GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /v1/who\r\nHost: x\r\n\r\n",
    "a lower case method": b"get /v1/who HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that isn't there": b"BREW /v1/who HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "zeros": bytes(1_000),
    "no host": b"GET /v1/who HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": GET + b"Host: y\r\n" + CLOSE + b"\r\n",
}  # fmt: skip
CHUNKS = {
    "no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a huge size": b"fffffffffffffffff\r\nhello",
    "more than was said": b"2\r\nhello\r\n0\r\n\r\n",
    "no line end": b"5hello0\r\n\r\n",
}


@pytest.fixture(scope="module")
def impatient(servers: Servers) -> Iterator[Server]:
    """A server that waits a second for a head."""
    flags = Path(servers.folder() / "creditclock.toml")
    flags.write_text(f"request_timeout_ms = {PATIENCE_MS}\nconnections_per_source = 0\n")
    with Server(flags.parent) as server:
        yield server


@pytest.fixture(scope="module")
def shop(impatient: Server) -> Shop:
    return impatient.shop


@pytest.fixture(autouse=True)
def unimpressed(impatient: Server) -> Iterator[None]:
    """Whatever happened, others are served and nothing unexpected was met."""
    yield
    assert impatient.nobody.get("/healthz").status == 200
    assert "Traceback" not in impatient.log
    assert '"ERROR"' not in impatient.log


def code(said: Said) -> str:
    assert said.headers["content-type"] == "application/problem+json", said
    return json.loads(said.body)["code"]


def path_of(customer: Customer) -> bytes:
    return f"/v1/wallets/{customer.wallet}/top-up".encode()


@pytest.mark.parametrize("request_", [pytest.param(value, id=name) for name, value in MALFORMED.items()])
def test_what_can_be_understood_in_two_ways_is_refused_and_ends(impatient: Server, shop: Shop, request_: bytes) -> None:
    customer = shop.customer()
    data = request_.replace(b"%b", path_of(customer))
    second = GET + b"Authorization: Bearer x\r\n\r\n"
    said = say(impatient, data + second)
    assert said[0].status in {400, 401}, said
    assert len(said) == 1 or request_ is MALFORMED["no host"], said
    if said[0].status == 400:
        assert code(said[0]) == "malformed"
    assert shop.balance(customer.wallet) == 0


def _post(shop: Shop, customer: Customer, *more: bytes, key: Api | None = None) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path_of(customer), b"Host: x", b"Content-Type: application/json"]
    token = (key or shop.key).token
    return b"\r\n".join([*lines, f"Authorization: Bearer {token}".encode(), *more]) + b"\r\n\r\n"


@pytest.mark.parametrize("chunks", [pytest.param(value, id=name) for name, value in CHUNKS.items()])
def test_broken_chunks_are_refused(impatient: Server, shop: Shop, chunks: bytes) -> None:
    customer = shop.customer()
    said = say(impatient, _post(shop, customer, b"Transfer-Encoding: chunked") + chunks)
    assert [one.status for one in said] in ([400], [413]), said
    assert shop.balance(customer.wallet) == 0


def test_heads_are_bounded(impatient: Server) -> None:
    for more in (
        b"X: " + b"a" * 40_000 + b"\r\n\r\n",
        b"".join(b"X-%d: y\r\n" % number for number in range(101)) + b"\r\n",
        b"X: " + b"a" * 300_000,
        b"X: y\r\n" * 200_000,
        b"\r\n",
    ):
        target = b"/v1/" + b"a" * 20_000 if more == b"\r\n" else b"/v1/who"
        (said,) = say(impatient, b"GET %b HTTP/1.1\r\nHost: x\r\n" % target + more)
        assert (said.status, code(said)) == (431, "head_too_large")
        assert said.headers["connection"] == "close"


def test_head_that_stays_below_the_bounds_is_read(impatient: Server) -> None:
    fields = b"".join(b"X-%d: %b\r\n" % (number, b"y" * 250) for number in range(90))
    assert say(impatient, GET + CLOSE + fields + b"\r\n")[0].status == 401


def test_head_without_end_is_never_kept(impatient: Server) -> None:
    with Raw(impatient) as raw:
        raw.send(GET + b"X: ")
        for _ in range(100):
            raw.send(b"a" * 10_000)
        said = raw.answer()
        assert said is None or said.status == 431


def test_trailers_without_end_are_never_kept(impatient: Server) -> None:
    """They come without a sign-in: neither many of them nor a long one may cost memory, or make others wait."""
    begin = SIGN_IN + CHUNKED
    memory = _memory(impatient)
    for more, piece in (
        (b"2\r\n{}\r\n0\r\n", b"X-Trailer: y\r\n" * 10_000),
        (b"2\r\n{}\r\n0\r\nX: ", b"y" * 100_000),
        (b"2;x=", b"y" * 100_000),
        (b"", b"1\r\n \r\n" * 20_000),
    ):
        with Raw(impatient) as raw:
            raw.send(begin + b"\r\n" + more)
            for _ in range(300):
                raw.send(piece)
            assert {one.status for one in raw.answers()} <= {400, 413}
    assert _memory(impatient) - memory < 20_000_000


def test_small_chunks_and_trailers_are_taken(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    body = b'{"amount": 5, "note": "%b"}' % (b" " * 8_000)
    chunks = b"".join(b"1\r\n%c\r\n" % letter for letter in body)
    data = _post(shop, customer, b"Transfer-Encoding: chunked") + chunks + b"0\r\nX-Sum: 5\r\n\r\n"
    for _ in range(2):
        with Raw(impatient) as raw:
            for at in range(0, len(data), 10_000):
                raw.send(data[at : at + 10_000])
            said = raw.answer()
            assert said is not None
            assert said.status == 422, "the note is too long"
    assert shop.balance(customer.wallet) == 0


def test_trailers_say_nothing(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    key = f"Authorization: Bearer {shop.key.token}\r\n".encode()
    begin = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" % path_of(customer)
    data = begin + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + b'{"amount": 5}' + b"\r\n0\r\n" + key
    said = say(impatient, data + b"Content-Type: text/plain\r\n\r\n" + GET + key + CLOSE + b"\r\n")
    assert [one.status for one in said] == [401, 200]
    assert shop.balance(customer.wallet) == 0


def test_strangers_have_short_bodies(impatient: Server) -> None:
    memory = _memory(impatient)
    held: list[Raw] = []
    try:
        for number in range(400):
            begin = SIGN_IN if number % 4 < 2 else GET.replace(b"GET", b"PUT")
            length = b"Content-Length: 1048576\r\n\r\n" if number % 2 else CHUNKED + b"\r\n30d40\r\n"
            held.append(Raw(impatient).send(begin + length).send(b" " * 200_000))
        for number, raw in enumerate(held):
            said = raw.answer()
            assert said is not None
            assert said.status == (413 if number % 4 < 2 else 405)
        assert _memory(impatient) - memory < 20_000_000
    finally:
        for raw in held:
            raw.socket.close()


def test_bodies_of_one_leave_room_for_those_of_others(impatient: Server) -> None:
    """Whoever begins long bodies and falls silent holds a share of the memory for them, not all of it."""
    one, other, third = (impatient.new_shop() for _ in range(3))
    customer, target = third.customer(), one.customer()
    space = b" " * (2**20 - 1)
    held: list[Raw] = []
    try:
        held = _held(impatient, [_post(one, target, LONG) + space] * 24)
        _until(lambda: _measured(impatient, REFUSED) >= 8)
        assert _measured(impatient, HELD) == 16 * len(space), "a caller may have a quarter"
        refused = select.select([raw.socket for raw in held], [], [], 30)[0]
        said = next(raw for raw in held if raw.socket in refused).answer()
        assert said is not None
        assert (said.status, code(said)) == (503, "busy")
        assert said.headers["retry-after"] == "1"
        assert _signs_in(impatient) == 422, "strangers come in until half is held"
        keys = [other.key_with("wallets") for _ in range(9)]
        both = [_post(other, target, LONG, key=key) + space for key in keys for _ in range(2)]
        held += _held(impatient, both)
        _until(lambda: _measured(impatient, REFUSED) >= 10)
        assert _measured(impatient, HELD) == 32 * len(space), "and so may a business"
        assert _signs_in(impatient) == 503
        with Raw(impatient) as raw:
            raw.send(_post(third, customer, LONG) + b'{"amount": 5' + space[13:])
            said = raw.send(b" }").answer()
            assert said is not None
            assert said.status == 200, "somebody who is known, and holds little, comes first"
    finally:
        for raw in held:
            raw.socket.close()
    _until(lambda: _measured(impatient, HELD) == 0)
    assert _signs_in(impatient) == 422
    assert one.balance(target.wallet) == 0
    assert third.balance(customer.wallet) == 5


def _held(server: Server, requests: list[bytes]) -> list[Raw]:
    return [Raw(server).send(one) for one in requests]


def _signs_in(server: Server) -> int:
    with Raw(server) as stranger:
        body = b'{"login": "%b"}' % (b"x" * 40)
        said = stranger.send(SIGN_IN + b"Content-Length: %d\r\n\r\n" % len(body) + body).answer()
        assert said is not None
        return said.status


def test_slow_heads_and_bodies_end_in_time(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    begun = {
        "nothing": b"",
        "line ends": b"\r\n\r\n",
        "half a line": b"GET /v1/w",
        "half a head": GET + b"X: y",
        "half a body": _post(shop, customer, b"Content-Length: 100") + b'{"amount": 1',
        "no body": _post(shop, customer, b"Content-Length: 100"),
        "half a chunk": _post(shop, customer, b"Transfer-Encoding: chunked") + b"50\r\n{",
        "an early answer": b"POST /v1/plans HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    }
    connections = {name: Raw(impatient).send(data) for name, data in begun.items()}
    began = time.monotonic()
    ended: dict[str, list[Said]] = {}
    dripping = {raw.socket: name for name, raw in connections.items() if name != "nothing"}
    while dripping and time.monotonic() - began < 30:
        # A byte now and then is no reason to wait longer.
        readable, _, _ = select.select(list(dripping), [], [], 0.1)
        for one in readable:
            name = dripping.pop(one)
            ended[name] = connections[name].answers()
        for name in dripping.values():
            connections[name].send(
                b"\r\n" if name == "line ends" else b"y" if name in {"half a line", "half a head"} else b""
            )
    ended["nothing"] = connections["nothing"].answers()
    assert {name: [one.status for one in said] for name, said in ended.items()} == {
        "nothing": [],
        "line ends": [],
        "half a line": [408],
        "half a head": [408],
        "half a body": [408],
        "no body": [408],
        "half a chunk": [408],
        "an early answer": [401],
    }
    for raw in connections.values():
        raw.socket.close()
    assert code(ended["half a body"][0]) == "too_slow"
    assert shop.balance(customer.wallet) == 0


def test_body_that_comes_slowly_but_steadily_is_taken(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    body = b'{"amount": 5, "note": "%b"}' % (b" " * 60_000)
    with Raw(impatient) as raw:
        raw.send(_post(shop, customer, b"Content-Length: %d" % len(body)))
        for at in range(0, len(body), 10_000):
            raw.send(body[at : at + 10_000])
            time.sleep(0.5)  # what is tested is the pace
        said = raw.answer()
    assert said is not None
    assert said.status == 422, said


def test_body_longer_than_said_is_no_part_of_the_request(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    body = b'{"amount": 5}'
    said = say(impatient, _post(shop, customer, b"Content-Length: %d" % len(body)) + body + b'{"amount": 7}')
    assert [one.status for one in said] in ([200], [200, 400])
    assert shop.balance(customer.wallet) == 5


def test_pipelined_requests_are_answered_in_order(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    bodies = [b'{"amount": %d}' % amount for amount in range(1, 11)]
    data = b"".join(_post(shop, customer, b"Content-Length: %d" % len(body)) + body for body in bodies)
    key = f"Authorization: Bearer {shop.key.token}\r\n".encode()
    data += b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + GET + key + CLOSE + b"\r\n"
    said = say(impatient, data)
    assert [json.loads(one.body)["record"]["amount"] for one in said[:10]] == list(range(1, 11))
    assert said[10].body == b"ok\n"
    assert json.loads(said[11].body)["kind"] == "app"
    assert len(said) == 12


def test_what_is_answered_stays_in_order_when_nonsense_follows(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    body = b'{"amount": 5}'
    good = _post(shop, customer, b"Content-Length: %d" % len(body)) + body
    said = say(impatient, good + good + b"nonsense\r\n\r\n")
    assert [one.status for one in said] == [200, 200]
    assert shop.balance(customer.wallet) == 10


def test_endless_pipelining_is_cut_off(impatient: Server) -> None:
    said = say(impatient, (GET + b"\r\n") * 5_000)
    assert 1 <= len(said) <= 5_000
    assert {one.status for one in said} <= {400, 401}


def test_connection_may_end_at_any_point(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    body = b'{"amount": 5}'
    whole = _post(shop, customer, b"Content-Length: %d" % len(body)) + body
    for at in (*range(0, len(whole) - 1, 7), len(whole) - 1):
        with Raw(impatient) as raw:
            raw.send(whole[:at])
    assert shop.balance(customer.wallet) == 0
    for _ in range(20):
        with Raw(impatient) as raw:
            raw.send(GET + f"Authorization: Bearer {shop.key.token}\r\n\r\n".encode())
            raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def test_half_a_connection_ends(impatient: Server, shop: Shop) -> None:
    """Who can't send any more is taken for gone: a client that went away looks the same."""
    for data in (b"", GET, GET + b"\r\n", _post(shop, shop.customer(), b"Content-Length: 100") + b"{"):
        with Raw(impatient) as raw:
            raw.send(data)
            raw.socket.shutdown(socket.SHUT_WR)
            assert len(raw.answers()) <= 1


def test_old_clients_are_served(impatient: Server) -> None:
    for version, more in (("1.0", ""), ("1.0", "Host: x\r\n"), ("1.0", "Host: x\r\nConnection: keep-alive\r\n")):
        (said,) = say(impatient, f"GET /healthz HTTP/{version}\r\n{more}\r\n".encode())
        assert (said.status, said.body) == (200, b"ok\n")


def test_whole_addresses_are_understood(impatient: Server) -> None:
    said = say(impatient, b"GET http://x:1/healthz HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert said[0].body == b"ok\n"
    for target in (b"*", b"x", b"http://", b"//", b"/%00", b"/%", b"/%zz", b"?", b"/x?%", b"/" + b"/" * 5_000):
        (said,) = say(impatient, b"GET %b HTTP/1.1\r\nHost: x\r\n" % target + CLOSE + b"\r\n")
        assert said.status in {400, 404}, (target, said)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../web/app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2fapp.py",
        "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/..%5capp.py", "/static/%00", "/board/../main.py",
        "/static/....//app.py", "/v1/../static/reference.css", "/static/", "/static", "/static/reference.css/x",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(impatient: Server, path: str) -> None:
    (said,) = say(impatient, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert said.status in {404, 405, 400, 401}, said
    assert b"import" not in said.body
    assert b"root:" not in said.body


@pytest.mark.parametrize("upgrade", ["websocket", "h2c", "TLS/1.0", "nonsense"])
def test_nothing_else_is_spoken(impatient: Server, upgrade: str) -> None:
    more = f"Connection: Upgrade\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    (said,) = say(impatient, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + more.encode() + b"\x00\x01 nonsense")
    assert (said.status, said.headers["connection"]) == (200, "close")


def test_expectations(impatient: Server, shop: Shop) -> None:
    customer = shop.customer()
    body = b'{"amount": 5}'
    length = b"Content-Length: %d" % len(body)
    with Raw(impatient) as raw:
        raw.send(_post(shop, customer, length, b"Expect: 100-continue"))
        first = raw.answer()
        assert first is not None
        assert first.status == 100
        second = raw.send(body).answer()
        assert second is not None
        assert second.status == 200
    (said,) = say(impatient, _post(shop, customer, length, b"Expect: 200-ok", b"Connection: close") + body)
    assert said.status in {200, 417}


def test_who_takes_no_answer_holds_nothing_up(impatient: Server, shop: Shop) -> None:
    with Raw(impatient) as raw:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(2_000):
                raw.socket.send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
        began = time.monotonic()
        assert impatient.nobody.holding(shop.key.token).get("/v1/who").ok()
        assert time.monotonic() - began < 10


def test_thousands_of_idle_connections_keep_nobody_out(impatient: Server, shop: Shop) -> None:
    most = min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2 - 500)
    idle: list[socket.socket] = []
    memory = _memory(impatient)
    try:
        for _ in range(most):
            idle.append(socket.create_connection(("127.0.0.1", impatient.port), timeout=30))
            if len(idle) % 1_000 == 0:
                assert shop.key.get("/v1/who").ok()
        began = time.monotonic()
        assert shop.start(shop.customer(ms=60_000).clock)["state"] == "running"
        assert time.monotonic() - began < 10
        assert _memory(impatient) - memory < 30_000 * most
        # Those that say nothing are let go, so that the place of each is free again.
        idle[-1].settimeout(30)
        assert idle[-1].recv(1) == b""
    finally:
        for one in idle:
            one.close()


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def _memory(server: Server) -> int:
    return _measured(server, 'process_resident_memory_bytes{process="web"}')


def _measured(server: Server, name: str) -> int:
    metrics = server.nobody.get("/metrics").body.decode()
    line = next((line for line in metrics.splitlines() if line.startswith(f"{name} ")), f"{name} -1")
    return int(float(line.split(" ")[1]))
