"""What a server says about itself: JSON for machines, plain lines for people, and no secrets for anybody."""

import json
import logging
import re
import subprocess
import sys
import time
from io import StringIO
from typing import Any

import pytest

from creditclock.logs import JsonLines, TextLines
from creditclock.web.access import SLOW_S
from tests.conftest import Servers
from tests.server import OPERATOR_PASSWORD, PASSWORD, Server

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ALWAYS = {"time", "level", "logger", "message", "process"}
OF_REQUESTS = {"request", "method", "route", "status", "ms", "bytes"}


def serving(servers: Servers, **settings: str) -> Server:
    """A server of one's own with these settings, not started."""
    server = servers.made("sqlite")
    text = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    (server.folder / "creditclock.toml").write_text(text)
    return server


def lines(server: Server, logger: str = "") -> list[dict[str, Any]]:
    """The whole lines of a log."""
    told = [json.loads(line) for line in server.log.rpartition("\n")[0].splitlines()]
    return [line for line in told if line["logger"].startswith(logger)]


def line_of(server: Server, request: str) -> dict[str, Any]:
    """The line of a request, which is written after its answer was sent."""
    until = time.monotonic() + 10
    while True:
        for line in lines(server, "creditclock.access"):
            if line["request"] == request:
                return line
        assert time.monotonic() < until, server.log
        time.sleep(0.01)


@pytest.mark.parametrize("lane", ["process", "thread"])
def test_every_line_is_an_object_from_the_start_to_the_end(servers: Servers, lane: str) -> None:
    server = serving(servers, log_requests="all", lane=lane)
    with server:
        shop = server.new_shop()
        shop.key.get("/v1/wallets/nothing")
        address = f"http://127.0.0.1:{server.port}"
    told = lines(server)
    assert all(told_keys >= ALWAYS for told_keys in map(set, told))
    assert all(INSTANT.fullmatch(line["time"]) for line in told)
    started = next(line for line in told if "has started" in line["message"])
    names = ("address", "database", "lane", "test_clock")
    assert [started[name] for name in names] == [address, "sqlite", lane, False]
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", started["version"])
    assert "has stopped" in told[-1]["message"]


def test_line_of_a_request_says_what_came_of_it(servers: Servers) -> None:
    with serving(servers, log_requests="all") as server:
        shop = server.new_shop()
        wallet = shop.customer(credits=5).wallet
        answer = shop.key.post(f"/v1/wallets/{wallet}/pay", {"amount": 9})
        request = answer.headers["request-id"]
        line = line_of(server, request)
        assert set(line) >= ALWAYS | OF_REQUESTS
        assert line["level"] == "INFO"
        assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/wallets/{wallet}/pay", 402)
        assert (line["operation"], line["code"], line["subject"]) == ("wallet.pay", "insufficient_credits", wallet)
        assert line["bytes"] == len(answer.body)
        assert 0 < line["ms"] < 60_000
        assert line["caller"].startswith("app_")
        for path, route in (("/healthz?who=me", "/healthz"), ("/secret-in-a-path", "other"), ("/v1/x?y=1", "other")):
            request = server.nobody.get(path).headers["request-id"]
            line = line_of(server, request)
            assert line["route"] == route
            assert "caller" not in line


def test_only_failed_and_slow_requests_have_a_line_by_default(servers: Servers) -> None:
    with serving(servers) as server:
        server.new_shop().key.get("/v1/wallets/nothing")
        server.nobody.get("/v1/who")
        time.sleep(0.2)
        # On a busy machine a sign-in may be slow indeed.
        assert [line for line in lines(server, "creditclock.access") if line["ms"] <= SLOW_S * 1_000] == []


def test_nothing_secret_is_written_down(servers: Servers) -> None:
    server = serving(servers, log_requests="all", log_level="debug", metrics_token="token-of-the-metrics")
    with server:
        shop = server.new_shop()
        customer = shop.customer(password=PASSWORD)
        api = shop.signed_in(customer)
        api.post("/v1/sign-in", {"login": customer.login, "password": "wrong-password"})
        server.nobody.post("/v1/sign-in", {"login": customer.login, "password": "wrong-password", "master": shop.id})
        shop.key.get("/v1/customers", login="query-of-somebody")
        server.nobody.send("GET", f"/v1/{shop.key.token}", headers={"Authorization": "Bearer token-of-the-metrics"})
        shop.key.post("/v1/customers", {"login": "x", "note": "body-of-somebody"})
        secrets = [shop.key.token, shop.owner.token, api.token, PASSWORD, OPERATOR_PASSWORD, "token-of-the-metrics"]
        secrets += ["wrong-password", "query-of-somebody", "body-of-somebody", "Bearer"]
    assert [secret for secret in secrets if secret and secret in server.log] == []
    assert len(lines(server, "creditclock.access")) > 8


def test_text_is_a_line_for_people(servers: Servers) -> None:
    server = serving(servers, log_requests="all", log_format="text")
    with server:
        server.nobody.get("/healthz")
    told = server.log.splitlines()
    assert all(re.match(rf"{INSTANT.pattern} [A-Z]+ creditclock[\w.]*: ", line) for line in told), told
    line = next(line for line in told if "creditclock.access" in line)
    assert re.search(r"GET /healthz 200 request=req_[0-9a-f]{16} method=GET route=/healthz status=200 ms=[\d.]+", line)


def test_requests_may_be_left_out(servers: Servers) -> None:
    server = serving(servers, log_requests="off")
    with server:
        server.nobody.get("/healthz")
    assert lines(server, "creditclock.access") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("log_format", "xml"), ("log_requests", "some"), ("log_level", "loud"), ("metrics_token", "short")],
)
def test_settings_that_mean_nothing_are_refused(servers: Servers, name: str, value: str) -> None:
    with pytest.raises(RuntimeError, match=name):
        serving(servers, **{name: value}).start()


def formatted(formatter: logging.Formatter, message: str, *arguments: object, **extra: object) -> str:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    record = logging.makeLogRecord({"name": "creditclock.x", "msg": message, "args": arguments, **extra})
    handler.handle(record)
    return stream.getvalue()


FORGED = 'x\n2026-01-01T00:00:00.000Z INFO creditclock: all is well \x1b[31m\u2028 "'


def test_strangers_cannot_write_lines_of_their_own() -> None:
    for formatter in (JsonLines("web"), TextLines()):
        text = formatted(formatter, "GET %s", FORGED, path=FORGED)
        assert len(text.splitlines()) == 1, text
        assert "\x1b" not in text
    assert json.loads(formatted(JsonLines("web"), "GET %s", FORGED))["message"] == f"GET {FORGED}"


def test_exception_stays_in_its_line() -> None:
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int(FORGED)
    found = (ValueError, ValueError(FORGED), caught.tb)
    [line] = formatted(JsonLines("web"), "it failed", exc_info=found).splitlines()
    assert "Traceback" in json.loads(line)["exception"]
    first, *others = formatted(TextLines(), "it failed", exc_info=found).split("\n")[:-1]
    assert first.endswith("it failed")
    assert all(line.startswith("    ") and line.isprintable() for line in others), others


@pytest.mark.parametrize(
    "text",
    [
        "a key ccs_0000001_abcDEF-_123 of somebody",
        "Authorization: Bearer cct_0000001_abcDEF-_123",
        "postgresql://me:abcDEF-_123@host/name?x=1",
        "the secret whsec_abcDEF-_123",
    ],
)
def test_what_looks_like_a_secret_is_never_shown(text: str) -> None:
    for formatter in (JsonLines("web"), TextLines()):
        assert "abcDEF" not in formatted(formatter, "%s", text, more=text)


def test_stopping_is_no_error_of_a_library() -> None:
    """A connection that is being closed when Ctrl-C comes is logged by its pool, which passes the interrupt on."""
    program = """
import logging
from creditclock.logs import set_up
from creditclock.settings import Settings
set_up(Settings(), "web")
for error in (KeyboardInterrupt(), ValueError("told")):
    try:
        raise error
    except BaseException:
        logging.getLogger("sqlalchemy.pool").error("Exception closing connection", exc_info=True)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stderr.count("Exception closing connection") == 1
    assert "ValueError: told" in done.stderr
    assert "KeyboardInterrupt" not in done.stderr
