"""No secret is anywhere but in the answer that shows it: not in logs, other answers, the database or metrics.

Everything that is sent and answered while the whole table is gone through is written down. What was secret in it is
then looked for, in the spellings in which it might have been kept.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote, quote_plus

import pytest
import urllib3

from creditclock.contract import OPERATIONS, Refusal
from creditclock.storage.schema import metadata
from creditclock.web.routes import route_of
from tests.api import Json
from tests.conftest import Servers
from tests.fuzz.world import World
from tests.server import OPERATOR_PASSWORD, PASSWORD, Server
from tests.web.place import Place
from tests.web.statements import recorded
from tests.web.tour import Tour

METRICS_TOKEN = "a-token-that-reads-the-metrics"
PLAIN = re.compile(r"[a-z]{3}_[0-9a-f]{19}|\d{4}-\d\d-\d\dT.*|https?:.*|[a-z_.*]*|req_\w+")
"""Texts in an answer that are no secrets: ids, instants, addresses, words."""
SHORTEST = 10
READABLE = {"master.set_key_code"}
"""What shows a secret that is kept as it is: the protocol's clients are told the key code of their own business."""


class Exchanged(NamedTuple):
    """A request and its answer."""

    operation: str
    said: str
    answered: str


class Wire:
    """All requests and answers, written down while the test's client sends them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.exchanged: list[Exchanged] = []
        self.tokens: set[str] = set()
        send = urllib3.HTTPConnectionPool.urlopen

        def urlopen(pool: urllib3.HTTPConnectionPool, method: str, path: str, **rest: Any) -> Any:  # noqa: ANN401 - urllib3's
            response = send(pool, method, path, **rest)
            headers: Mapping[str, str] = rest.get("headers") or {}
            if scheme_and_token := headers.get("Authorization"):
                self.tokens.add(scheme_and_token.partition(" ")[2])
            said = (rest.get("body") or b"").decode(errors="replace")
            answered = f"{dict(response.headers)}\n{response.data.decode(errors='replace')}"
            self.exchanged.append(Exchanged(_operation(method, path), said, answered))
            return response

        monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urlopen)

    def shown(self) -> Iterator[tuple[str, int]]:
        """The secrets that answers showed, each with the number of its exchange."""
        for number, exchange in enumerate(self.exchanged):
            operation = OPERATIONS.get(exchange.operation)
            if operation and operation.shows_secret and operation.name not in READABLE:
                for text in _texts(_json(exchange.answered.partition("\n")[2])):
                    if (
                        len(text) >= SHORTEST
                        and not PLAIN.fullmatch(text)
                        and " " not in text
                        and text not in exchange.said
                    ):
                        yield text, number


def _operation(method: str, path: str) -> str:
    try:
        return route_of(method, path.partition("?")[0]).operation.name
    except Refusal:
        return path


def _json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            members = cast("dict[str, Json]", value)
            if "code" in members and "status" in members:
                return  # a problem
            for part in members.values():
                yield from _texts(part)
        case list():
            for part in cast("list[Json]", value):
                yield from _texts(part)
        case _:
            pass


def spellings(secret: str) -> set[str]:
    """How a secret may be written: as it is, in base64, percent-encoded, in hexadecimal digits, escaped in JSON."""
    raw = secret.encode()
    coded = {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    return {secret, quote(secret, safe=""), quote_plus(secret), raw.hex(), json.dumps(secret)[1:-1], *coded}


def found_in(text: str, secrets: set[str]) -> set[str]:
    return {secret for secret in secrets if any(spelling in text for spelling in spellings(secret))}


def everything_written(server: Server, statements: Path) -> dict[str, str]:
    """What the server left anywhere, by where."""
    found = {"log": server.log, "statements": statements.read_text(errors="replace")}
    for table in metadata.sorted_tables:
        found[f"table {table.name}"] = repr(server.rows(f"SELECT * FROM {table.name}"))
    if server.path:
        for path in Path(server.path).parent.glob("creditclock.db*"):
            found[path.name] = path.read_bytes().decode("latin-1")
    return found


def processes(server: Server) -> str:
    """The command lines of the server's processes."""
    writer = server.writer
    parent = Path(f"/proc/{writer}/stat").read_text().rpartition(")")[2].split()[1]
    return "".join(
        Path(f"/proc/{pid}/{name}").read_text(errors="replace")
        for pid in (writer, parent)
        for name in ("cmdline", "comm")
    )


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "log_format"), [("sqlite", "text"), ("postgresql", "json")])
def test_no_secret_is_kept_or_told(
    servers: Servers, kind: str, log_format: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, statements = recorded(servers, kind, monkeypatch, tmp_path)
    settings = {"log_level": "debug", "log_requests": "all", "log_format": log_format, "metrics_token": METRICS_TOKEN}
    lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    (server.folder / "creditclock.toml").write_text(lines)
    begin = statements.stat().st_size if statements.exists() else 0
    wire = Wire(monkeypatch)
    with server:
        place, world = Place(server), World(server)
        tour = Tour(place, world)
        assert all(answer.status < 500 for *_, answer in tour.carry_out(("owner", "operator", "customer")))
        assert all(answer.status < 500 for _, answer in tour.be_refused("owner"))
        stray = send_strays(server, world)
        metrics = server.nobody.send("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
        told = {"metrics": metrics.body.decode(), "processes": processes(server)}
        (tmp_path / "seen").write_bytes(statements.read_bytes()[begin:])
        told |= everything_written(server, tmp_path / "seen")
    shown = dict(reversed([*wire.shown()]))
    given = tour.given | wire.tokens | {OPERATOR_PASSWORD, PASSWORD, METRICS_TOKEN} | stray
    assert {"app.create", "webhook.create", "webhook.rotate"} <= {wire.exchanged[n].operation for n in shown.values()}
    assert len(given) > 50
    secrets = given | shown.keys()
    for place_of, text in told.items():
        assert found_in(text, secrets) == set(), place_of
    for number, exchange in enumerate(wire.exchanged):
        if exchange.operation == "/openapi.json":
            continue  # its examples have a password, which is ours
        hidden = {secret for secret in secrets if shown.get(secret) != number}
        assert found_in(exchange.answered, hidden) == set(), exchange.operation


def send_strays(server: Server, world: World) -> set[str]:
    """Secrets where they don't belong: in addresses, in other headers, and as what a server doesn't know."""
    stray = {f"stray-{place}-of-a-secret" for place in ("path", "query", "scheme", "key", "agent", "cookie")}
    agent, cookie, key, path, query, scheme = sorted(stray)
    token = world.caller("owner").token
    nobody = server.nobody
    nobody.send("GET", f"/v1/{path}/{token}")
    nobody.send("GET", f"/{path}?token={token}")
    nobody.send("GET", f"/v1/who?token={token}&password={query}")
    nobody.send("GET", "/v1/who", headers={"Authorization": f"Basic {base64.b64encode(scheme.encode()).decode()}"})
    nobody.send(
        "GET", "/v1/who", headers={"Authorization": f"Bearer {token}x{key}", "User-Agent": agent, "Cookie": cookie}
    )
    nobody.post("/v1/sign-in", {"login": "stranger", "password": query})
    nobody.post("/v1/sign-in", {"login": "operator", "password": [query]})
    return stray
