"""Where a request comes from, by which name, and from which page: what counts, and what somebody only says."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from creditclock.contract import Refusal
from creditclock.settings import read
from tests.api import Answer
from tests.conftest import Servers
from tests.server import Server, creditclock
from tests.timing import succeeds
from tests.web.raw import Raw

SITES = count(1)
PROXIED = """
proxies = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:ffff::/48"]
origins = ["https://shop.example"]
hosts = ["time.example"]
rate_per_source = 5
"""
STRANGER = '\nproxies = ["192.0.2.1"]\n'


@pytest.fixture(scope="module")
def proxied(servers: Servers) -> Iterator[Server]:
    """A server behind proxies, of which this machine is one."""
    with _with(servers.folder(), PROXIED) as server:
        yield server


@pytest.fixture(scope="module")
def stranger(servers: Servers) -> Iterator[Server]:
    """A server for which this machine is nobody's proxy."""
    with _with(servers.folder(), STRANGER) as server:
        yield server


def _with(folder: Path, settings: str) -> Server:
    (folder / "creditclock.toml").write_text(settings)
    return Server(folder)


def guess(server: Server, headers: Mapping[str, str]) -> int:
    """A wrong password for a login that was never tried."""
    login = f"nobody{next(SITES)}"
    body = f'{{"login": "{login}", "password": "a wrong one"}}'.encode()
    return server.nobody.send("POST", "/v1/sign-in", body, {"Content-Type": "application/json", **headers}).status


def guesses(server: Server, sources: list[dict[str, str]]) -> list[int]:
    with ThreadPoolExecutor(4) as threads:
        return [future.result() for future in [threads.submit(guess, server, headers) for headers in sources]]


def test_who_only_says_to_be_somebody_else_is_who_he_is(stranger: Server) -> None:
    made_up = [
        {
            "X-Forwarded-For": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number}",
            "X-Real-IP": f"10.0.0.{number}",
        }
        for number in range(1, 41)
    ]
    statuses = guesses(stranger, made_up)
    assert statuses.count(401) <= 34, "guesses at the same time may all be told"
    assert set(statuses[-3:]) == {429}


def page(server: Server, forwarded: str, header: str = "X-Forwarded-For") -> int:
    return server.nobody.send("GET", "/docs", headers={header: forwarded}).status


def uses_up(server: Server, forwarded: str) -> bool:
    """Whether more than the rate is refused to somebody."""
    return 429 in {page(server, forwarded) for _ in range(30)}


@pytest.mark.parametrize(
    ("first", "same", "other"),
    [
        pytest.param("198.51.100.1", "203.0.113.9, 198.51.100.1", "198.51.100.2", id="the rightmost stranger counts"),
        pytest.param("198.51.100.3", "198.51.100.3, 10.1.2.3", "198.51.100.4", id="proxies of proxies are passed"),
        pytest.param("198.51.100.5", "198.51.100.5:4711", "198.51.100.6:4711", id="a port is no part"),
        pytest.param(
            "2001:db8:1::1", "2001:db8:1:0:2::7", "2001:db8:1:1::1", id="a network of version 6 is one source"
        ),
        pytest.param("198.51.100.7", "::ffff:198.51.100.7", "198.51.100.8", id="version 4 within 6"),
        pytest.param("2001:db8:2::1", "[2001:db8:2::1]:99", "[2001:db8:3::1]:99", id="brackets"),
    ],
)
def test_what_a_proxy_says_counts(proxied: Server, first: str, same: str, other: str) -> None:
    succeeds(lambda: uses_up(proxied, first) and page(proxied, same) == 429)
    assert page(proxied, other) == 200


@pytest.mark.parametrize("nonsense", ["", "unknown", "_hidden", "nobody, ", "999.1.1.1", "a" * 10_000, "1.2.3.4;,,"])
def test_what_can_not_be_read_means_the_proxy_itself(proxied: Server, nonsense: str) -> None:
    """This machine has no limit of its own, so nothing is refused."""
    assert not uses_up(proxied, nonsense)


def test_trailers_say_nothing_about_who_asks(proxied: Server) -> None:
    """A proxy passes them on as its client made them up."""
    head = "GET /docs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nX-Forwarded-For: 198.51.100.88\r\n"
    with Raw(proxied) as raw:
        said = [
            raw.send(f"{head}\r\n0\r\nX-Forwarded-For: 203.0.113.{number}\r\n\r\n".encode()).answer()
            for number in range(30)
        ]
    assert 429 in {one.status for one in said if one}


def test_only_one_header_counts(proxied: Server) -> None:
    """A proxy passes on what it doesn't write itself, as its client made it up."""
    assert {page(proxied, "for=198.51.100.77", "Forwarded") for _ in range(30)} == {200}


def test_standard_header_counts_where_it_is_chosen(servers: Servers) -> None:
    settings = 'proxies = ["127.0.0.1"]\nproxy_header = "forwarded"\nrate_per_source = 5\n'
    with _with(servers.folder(), settings) as server:
        for forwarded in ("for=198.51.100.1", 'For="[2001:db8:1::1]:4711";proto=https;by=203.0.113.43'):
            said = {page(server, f"for=192.0.2.99, {forwarded}", "Forwarded") for _ in range(30)}
            assert 429 in said
        assert page(server, "for=198.51.100.2", "Forwarded") == 200
        assert {page(server, "198.51.100.3") for _ in range(30)} == {200}


def write(server: Server, headers: Mapping[str, str]) -> Answer:
    return server.nobody.send("POST", "/v1/plans", b"{}", {"Content-Type": "application/json", **headers})


def at(server: Server) -> str:
    return f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[::1"},
        {"Origin": "chrome-extension://abc"},
        {"Origin": "https://shop.example.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_sites_write_nothing(proxied: Server, headers: dict[str, str]) -> None:
    problem = write(proxied, headers).refused(403, "cross_origin")
    assert "origins" in problem["detail"]
    assert proxied.nobody.send("GET", "/healthz", headers=headers).status == 200


def test_own_pages_listed_sites_and_programs_may_write(proxied: Server) -> None:
    for headers in (
        {},
        {"Origin": f"http://{at(proxied)}", "Sec-Fetch-Site": "same-origin"},
        {"Origin": f"https://{at(proxied)}"},
        {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://time.example", "Host": "time.example"},
        {"Origin": "https://time.example:443", "Host": "time.example", "X-Forwarded-Proto": "https"},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        write(proxied, headers).refused(401, "unauthorized")
    write(proxied, {"Origin": "http://time.example", "Host": "time.example", "X-Forwarded-Proto": "https"}).refused(
        403, "cross_origin"
    )


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/who", "/openapi.json", "/metrics", "/static/reference.css"])
def test_server_answers_to_its_names_only(proxied: Server, path: str) -> None:
    for host in (
        "evil.example",
        "time.example.evil.example",
        "time.example@evil.example",
        "",
        "127.0.0.1.evil.example",
        "1",
    ):
        answer = proxied.nobody.send("GET", path, headers={"Host": host})
        answer.refused(421, "wrong_host")
    for host in ("time.example", "TIME.example:8400", "time.example.", at(proxied), "localhost", "[::1]:8400"):
        assert proxied.nobody.send("GET", path, headers={"Host": host}).status in {200, 401, 403}


def test_health_is_told_under_any_name(proxied: Server) -> None:
    for path in ("/healthz", "/readyz"):
        assert proxied.nobody.send("GET", path, headers={"Host": "10.1.2.3:8400"}).status == 200


def test_no_page_is_without_its_headers_and_nothing_sets_a_cookie(proxied: Server) -> None:
    paths = [
        "/",
        "/docs",
        "/nothing",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/static/reference.css",
        "/board/board.css",
    ]
    for path in paths:
        answer = proxied.nobody.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        if answer.headers["content-type"].startswith("text/html"):
            for inline in (b"<script>", b"<style", b" style=", b" onclick=", b" onload=", b"javascript:"):
                assert inline not in answer.body, (path, inline)
    described = proxied.nobody.get("/openapi.json").json
    for path, methods in described["paths"].items():
        for method in methods:
            answer = proxied.nobody.send(method.upper(), path.replace("{", "x").replace("}", ""))
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["cache-control"] == "no-store", path
            assert "set-cookie" not in answer.headers
            assert "access-control-allow-origin" not in answer.headers
    assert proxied.nobody.get("/metrics").headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('proxies = ["nonsense"]', "`proxies` needs addresses"),
        ('proxies = ["10.0.0.1/8"]', "`proxies` needs addresses"),
        ('hosts = ["*.example"]', "`hosts` needs names"),
        ('origins = ["shop.example"]', "`origins` needs sites"),
        ('proxies = ["0.0.0.0/0"]', "`proxies` must not be everybody (0.0.0.0/0)"),
        ('proxies = ["10.0.0.1", "::/0"]', "`proxies` must not be everybody (::/0)"),
        ('origins = ["https://shop.example/"]', "without the last /: https://shop.example, not"),
        ("rate_per_caller = -1", "`rate_per_caller` is a whole number from 0 to 1000000, not -1."),
        ("requests_in_flight = 0", "`requests_in_flight` is a whole number from 1 to 1000000, not 0."),
        ("request_timeout_ms = 1", "`request_timeout_ms` is a whole number from 500 to 600000, not 1."),
    ],
)
def test_settings_that_can_not_be_are_told_in_a_sentence(tmp_path: Path, settings: str, sentence: str) -> None:
    (tmp_path / "creditclock.toml").write_text(settings)
    done = creditclock(tmp_path, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('connections = "many"', "`connections` is a whole number from 0 to 1000000, not 'many'."),
        ('log_level = "loud"', "`log_level` is one of debug, error, info, warning, not 'loud'."),
        ('webhook_addresses = "none"', "`webhook_addresses` is one of any, public, not 'none'."),
        ('test_clock = "perhaps"', "`test_clock` is true or false, not 'perhaps'."),
        ("metrics_token = 5", "`metrics_token` is a text"),
        ("hosts = 5", "`hosts` is a list of texts"),
        ("rate_per_calller = 5", "There is no setting `rate_per_calller`; the nearest is `rate_per_caller`."),
    ],
)
def test_settings_of_a_wrong_type_are_told_in_plain_words(tmp_path: Path, settings: str, sentence: str) -> None:
    file = tmp_path / "creditclock.toml"
    file.write_text(settings)
    with pytest.raises(Refusal) as refused:
        read({"config": str(file)}, {})
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CREDITCLOCK_LISTN", "127.0.0.1:0", "CREDITCLOCK_LISTN is no setting; the nearest is CREDITCLOCK_LISTEN."),
        ("CREDITCLOCK_CONFIG", "none.toml", "none.toml, can't be read: No such file or directory."),
    ],
)
def test_variables_that_say_nothing_are_told(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    done = creditclock(tmp_path, "check", **{name: value})
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Errno" not in done.stderr


def test_variables_of_the_command_line_and_of_kubernetes_are_none_of_the_settings() -> None:
    others = (
        "TOKEN",
        "URL",
        "PROFILE",
        "NEW_PASSWORD",
        "WEBHOOK_SECRET",
        "SERVICE_HOST",
        "SERVICE_PORT_HTTP",
        "PORT",
        "XYZ",
    )
    found = read({}, {f"CREDITCLOCK_{name}": "tcp://10.0.0.1:8400" for name in (*others, "PORT_8400_TCP")})
    assert found.port == 8_400
