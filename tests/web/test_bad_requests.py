"""What is not understood is refused with a problem that says what to do, and nothing changes."""

import gzip
import json
import socket
from collections.abc import Iterable, Iterator

import msgspec
import pytest

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.values import MAX, identify, master_of, number_of
from tests.api import Answer, Api, Json
from tests.server import PASSWORD, Server
from tests.web.place import WRITES, Place, body_fields

NO_AMOUNTS = {
    "zero": b"0",
    "minus one": b"-1",
    "2^53": str(2**53).encode(),
    "2^63": str(2**63).encode(),
    "2^64": str(2**64).encode(),
    "10^400": b"1" + b"0" * 400,
    "10^5000": b"1" + b"0" * 5_000,
    "minus 10^400": b"-1" + b"0" * 400,
    "a whole float": b"1.0",
    "a float": b"1.5",
    "an exponent": b"1e3",
    "a huge exponent": b"1e999",
    "true": b"true",
    "null": b"null",
    "a text": b'"5"',
    "a list": b"[5]",
    "an object": b'{"amount": 5}',
}
NO_JSON = {
    "nothing but a brace": b"{",
    "not a number": b'{"amount": NaN}',
    "a leading zero": b'{"amount": 01}',
    "a comment": b'{"amount": 1} // one',
    "two documents": b'{"amount": 1}{"amount": 2}',
    "single quotes": b"{'amount': 1}",
    "a trailing comma": b'{"amount": 1,}',
    "a raw NUL": b'{"amount": 1, "note": "a\x00b"}',
    "a raw line break": b'{"amount": 1, "note": "a\nb"}',
    "a surrogate in UTF-8": b'{"amount": 1, "note": "\xed\xa0\x80"}',
    "latin-1": b'{"amount": 1, "note": "caf\xe9"}',
    "half a surrogate pair": b'{"amount": 1, "note": "\\ud800"}',
    "UTF-16": '{"amount": 1}'.encode("utf-16"),
    "overlong UTF-8": b'{"amount": 1, "note": "\xc0\xaf"}',
    "a mark of UTF-8 before it": b'\xef\xbb\xbf{"amount": 1}',
    "a mebibyte of lists": b"[" * 1_048_576,
    "infinity": b'{"amount": Infinity}',
    "hexadecimal": b'{"amount": 0x10}',
    "a name twice": b'{"amount": 1, "amount": 2}',
    "a name twice, apart": b'{"amount": 1, "note": "amount", "amount": 1}',
    "a name twice, once with escapes": b'{"amount": 1, "\\u0061mount": 2}',
    "a name twice, twice with escapes": b'{"\\u0061mount": 1, "amoun\\u0074": 2}',
    "deep lists": b'{"amount": 1, "note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}
NO_OBJECTS = {"null": b"null", "a list": b"[]", "a number": b"5", "a text": b'"amount"', "true": b"true"}
NO_IDS = {
    "a word": "wallet",
    "only a prefix": "wal_",
    "a letter too few": "wal_000000700000000006",
    "a letter too many": "wal_00000070000000000640",
    "capitals": "wal_000000700000000006B",
    "no hexadecimal digits": "wal_000000700000000006g",
    "spaces": "%20wal_0000007000000000064",
    "a line break at its end": "wal_0000007000000000064%0A",
    "a NUL": "wal_%00000007000000000064",
    "a slash": "wal_0000007%2F000000000064",
    "other digits": "wal_000000700000000006%D9%A1",
    "broken UTF-8": "wal_%ff%fe",
    "dots": "..%2f..%2fetc",
    "10 000 letters": "w" * 10_000,
    "the business itself": "wal_0000000000000000000",
}


@pytest.fixture
def still(place: Place) -> Iterator[Place]:
    """A place where nothing may have changed after the test."""
    before = place.lane, place.shop.holdings(place.customer)
    yield place
    assert (place.lane, place.shop.holdings(place.customer)) == before


def say(api: Api, path: str, body: bytes, content_type: str = "application/json") -> Answer:
    return api.send("POST", path, body, {"Content-Type": content_type})


def top_up(place: Place) -> str:
    return f"/v1/wallets/{place.customer.wallet}/top-up"


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in NO_AMOUNTS.items()])
def test_no_amount_is_refused_wherever_an_amount_is_taken(still: Place, value: bytes) -> None:
    wallet, clock = still.customer.wallet, still.customer.clock
    for path, field in (
        (f"/v1/wallets/{wallet}/top-up", b"amount"),
        (f"/v1/wallets/{wallet}/pay", b"amount"),
        (f"/v1/wallets/{wallet}/transfer", b"amount"),
        (f"/v1/clocks/{clock}/buy", b"amount"),
        (f"/v1/clocks/{clock}/buy", b"ms"),
        (f"/v1/clocks/{clock}/return", b"ms"),
        (f"/v1/clocks/{clock}/grant", b"ms"),
    ):
        answer = say(still.shop.key, path, b'{"' + field + b'": ' + value + b"}")
        if value == b"null" and path.endswith("buy"):
            answer.refused(422, "invalid")
        else:
            assert answer.refused(422, "invalid")["field"] == field.decode()


@pytest.mark.parametrize("operation", [pytest.param(o, id=o.name) for o in WRITES])
def test_fields_of_another_type_or_name_are_refused(still: Place, operation: Operation) -> None:
    caller, path = still.allowed(operation), still.path(operation)
    body: Json = still.body(operation) or {}
    for field in body_fields(operation):
        for wrong in _wrong_values(field.type):
            if operation.name == "batch.run" and wrong == [[]]:
                continue  # one operation that is wrong is refused at its place
            problem = caller.call(operation.method, path, {**body, field.name: wrong}).refused(422, "invalid")
            assert problem["field"].startswith(field.name), (field.name, wrong, problem)
    problem = caller.call(operation.method, path, {**body, "surprise": 1}).refused(422, "invalid")
    assert problem["field"] == "surprise"
    assert "Leave it out" in problem["detail"]


@pytest.mark.parametrize("operation", [pytest.param(o, id=o.name) for o in WRITES])
def test_missing_fields_are_named(still: Place, operation: Operation) -> None:
    body: Json = still.body(operation) or {}
    for field in body_fields(operation):
        if field.required:
            rest = {name: value for name, value in body.items() if name != field.name}
            answer = still.allowed(operation).call(operation.method, still.path(operation), rest)
            assert answer.refused(422, "invalid")["field"] == field.name


def _wrong_values(annotation: object) -> Iterable[Json]:
    """Values of types that the annotation doesn't allow, and numbers beyond any bound."""
    schema = msgspec.json.schema(annotation)  # pyright: ignore[reportArgumentType] - an annotation
    options = schema.get("anyOf", [schema])
    types = {option.get("type", "string") for option in options}
    yield from (1.5, [[]], {"a": 1})
    if "boolean" not in types:
        yield True
    if "string" not in types:
        yield "5"
    if "integer" in types:
        yield from (2**53, 2**63, -(2**63), 10**30)
    else:
        yield 5
    if "null" not in types:
        yield None


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NO_JSON.items()])
def test_what_is_no_json_is_refused(still: Place, body: bytes) -> None:
    answer = say(still.shop.key, top_up(still), body)
    if answer.status == 422:  # deep, but so far well formed
        answer.refused(422, "invalid")
    else:
        answer.refused(400, "invalid_json")


@pytest.mark.parametrize(
    "entry",
    [
        b'{"op": "wallet.pay", "op": "wallet.top_up", "wallet": "WALLET", "amount": 1}',
        b'{"op": "wallet.top_up", "wallet": "WALLET", "amount": 1, "amount": 1000}',
        b'{"op": "wallet.top_up", "wallet": "WALLET", "\\u0061mount": 1, "amount": 1000}',
        b'{"op": "wallet.top_up", "wallet": "WALLET", "amount": 1, "key": "a", "key": "b"}',
    ],
)
def test_a_name_stands_once_in_an_operation_of_a_batch(still: Place, entry: bytes) -> None:
    entry = entry.replace(b"WALLET", still.customer.wallet.encode())
    answer = say(still.shop.key, "/v1/batch", b'{"operations": [' + entry + b"]}")
    if b"\\u" in entry:
        answer.refused(400, "invalid_json")
    else:
        [result] = answer.ok()["results"]
        assert result["problem"]["code"] in {"invalid_json", "invalid"}
    twice = b'{"operations": [{"op": "token.who"}], "operations": [{"op": "token.who"}]}'
    for body in (twice, twice.replace(b'"operations"', b'"\\u006fperations"', 1)):
        say(still.shop.key, "/v1/batch", body).refused(400, "invalid_json")


@pytest.mark.parametrize(
    "note", ["amount", '{"amount": 1, "amount": 2}', "\\u0061mount", ": : {", '"amount":"amount":']
)
def test_a_text_may_say_what_it_likes_about_names(server: Server, note: str) -> None:
    customer = server.shop.customer()
    path = f"/v1/wallets/{customer.wallet}/top-up"
    for body in (json.dumps({"amount": 1, "note": note}), json.dumps({"note": note, "amount": 1}, indent=1)):
        answer = say(server.shop.key, path, body.encode()).ok()
        assert answer["record"]["note"] == note
    operations = {"operations": [{"op": "wallet.top_up", "wallet": customer.wallet, "amount": 1, "note": note}]}
    [result] = server.shop.key.post("/v1/batch", operations).ok()["results"]
    assert result["ok"]["record"]["note"] == note


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NO_OBJECTS.items()])
def test_body_that_is_no_object_is_refused(still: Place, body: bytes) -> None:
    say(still.shop.key, top_up(still), body).refused(422, "invalid")
    say(still.shop.key, f"/v1/clocks/{still.customer.clock}/sessions", body).refused(422, "invalid")


def test_empty_body_lacks_its_fields(still: Place) -> None:
    assert still.shop.key.post(top_up(still)).refused(422, "invalid")["field"] == "amount"
    assert say(still.shop.key, top_up(still), b"").refused(422, "invalid")["field"] == "amount"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_other_content_types_are_refused(still: Place, content_type: str) -> None:
    problem = say(still.shop.key, top_up(still), b'{"amount": 1}', content_type).refused(415, "unsupported_media_type")
    assert "application/json" in problem["detail"]


def test_content_type_may_have_parameters(server: Server) -> None:
    customer = server.shop.customer()
    path = f"/v1/wallets/{customer.wallet}/top-up"
    say(server.shop.key, path, b'{"amount": 1}', "Application/JSON; charset=utf-8").ok()


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "\udc00 \ud800", "a\udfff"])
def test_texts_have_no_nul_and_no_half_characters(still: Place, text: str) -> None:
    body = {"amount": 1, "note": text}
    answer = say(still.shop.key, top_up(still), json.dumps(body).encode())
    assert answer.status in {400, 422}, answer
    assert answer.json["code"] in {"invalid", "invalid_json"}
    for name in ("login", "name", "email"):
        made = {"login": "x", "name": "y", name: f"x{text}@example.org"}
        answer = say(still.shop.key, "/v1/customers", json.dumps(made).encode())
        assert answer.status in {400, 422}, answer


@pytest.mark.parametrize(
    "text", ["", "é", "日本語", "🕐", "\u2028", "\U0010ffff", "'; DROP TABLE wallet; --", '"\\', "%s ?"]
)
def test_every_other_text_comes_back_as_it_was(server: Server, text: str) -> None:
    customer = server.shop.customer()
    path = f"/v1/wallets/{customer.wallet}"
    server.shop.key.post(f"{path}/top-up", {"amount": 1, "note": text}).ok()
    assert server.shop.records("wallets", customer.wallet)[0]["note"] == text


@pytest.mark.parametrize("identifier", [pytest.param(value, id=name) for name, value in NO_IDS.items()])
def test_what_is_no_id_is_not_found(still: Place, identifier: str) -> None:
    for method, path in (
        ("GET", f"/v1/wallets/{identifier}"),
        ("POST", f"/v1/wallets/{identifier}/top-up"),
        ("GET", f"/v1/wallets/{identifier}/records"),
    ):
        body = {"amount": 1} if method == "POST" else None
        still.shop.key.call(method, path, body).refused(404, "not_found")


def test_id_of_another_kind_is_told_apart(still: Place) -> None:
    for operation in OPERATIONS.values():
        if not operation.path_fields or "owner" not in operation.by:
            continue
        for kind, identifier in still.ids.items():
            if kind == "label":
                continue  # The name of an instruction is no id.
            if kind in operation.path_fields or (kind == "master" and "master" in operation.path_fields):
                continue
            path = operation.path.format_map(dict.fromkeys(operation.path_fields, identifier))
            problem = still.shop.owner.call(operation.method, path, still.body(operation)).refused(404, "not_found")
            assert "names a" in problem["detail"], (operation.name, kind)


def test_id_of_a_masters_own_account_is_no_wallet(still: Place) -> None:
    master = master_of(still.shop.id)
    for number in (0, 1, 2, 8, 99, number_of(still.customer.clock)):
        path = f"/v1/wallets/{identify('wal', master, number)}"
        still.shop.key.get(path).refused(404, "not_found")
        still.shop.key.post(f"{path}/top-up", {"amount": 1}).refused(404, "not_found")
        body = {"amount": 1, "to_wallet": identify("wal", master, number)}
        still.shop.key.post(f"/v1/wallets/{still.customer.wallet}/pay", body).refused(404, "not_found")


@pytest.mark.parametrize(
    "value", ["", "wallet", "clk_0000007000000000064", "wal_", 7, None, ["wal_0000007000000000064"]]
)
def test_ids_in_bodies_have_their_form(still: Place, value: Json) -> None:
    path = f"/v1/wallets/{still.customer.wallet}/transfer"
    still.shop.key.post(path, {"amount": 1, "to_wallet": value}).refused(422, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=x", "limit=", "limit=1&limit=1", "limit=1&limit=2",
        "surprise=1", "limit", "=1", "cursor=xyz", "cursor=", "cursor=" + "f" * 64, "cursor=" + "f" * 65,
        "cursor=20000000000000", "limit=%ff", "limit=1%00", "limit=99999999999999999999", "&&&", "a=1&" * 30, "é",
    ],
)  # fmt: skip
def test_query_that_is_not_understood_is_refused(still: Place, query: str) -> None:
    for path in ("/v1/customers", f"/v1/wallets/{still.customer.wallet}/records"):
        still.shop.key.send("GET", f"{path}?{query}").refused(422, "invalid")


def test_cursor_of_another_list_gives_an_empty_page_at_most(still: Place) -> None:
    answer = still.shop.key.get("/v1/customers", cursor=f"{MAX:x}").ok()
    assert answer == {"items": [], "next": None}


def test_fields_of_a_write_are_not_taken_from_the_address(still: Place) -> None:
    """What stands in an address is kept in logs; a password must not be."""
    key = still.shop.key
    for query in ("amount=5", "surprise=1"):
        key.send("POST", f"{top_up(still)}?{query}").refused(422, "invalid")
        say(key, f"{top_up(still)}?{query}", b'{"amount": 1}').refused(422, "invalid")
    still.server.nobody.send("POST", f"/v1/sign-in?login=operator&password={PASSWORD}").refused(422, "invalid")


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/", "/v1/wallets", "/v1//wallets", "/v1/wallets/", "/v1/masters/x/y"]
)
def test_unknown_addresses_are_not_found(still: Place, path: str) -> None:
    problem = still.shop.owner.get(path).refused(404, "not_found")
    assert "/docs" in problem["detail"]


@pytest.mark.parametrize("path", ["/v1", "/nothing", "/openapi.yaml", "/healthz/x"])
def test_unknown_addresses_beside_the_api_are_problems_too(server: Server, path: str) -> None:
    server.nobody.get(path).refused(404, "not_found")


def test_wrong_methods_are_told_the_right_ones(still: Place) -> None:
    paths: dict[str, set[str]] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(still.path(operation), set()).add(operation.method)
    for path, methods in paths.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            answer = still.shop.owner.send(method, path)
            answer.refused(405, "method_not_allowed")
            assert set(answer.headers["allow"].split(", ")) == methods, (method, path)


def test_packed_bodies_are_refused(still: Place) -> None:
    packed = gzip.compress(b'{"amount": 1}')
    for coding in ("gzip", "deflate", "br"):
        headers = {"Content-Type": "application/json", "Content-Encoding": coding}
        still.shop.key.send("POST", top_up(still), packed, headers).refused(400, "invalid_json")


def test_too_large_bodies_are_refused(still: Place) -> None:
    note = b'{"amount": 1, "note": "' + b"a" * 1_100_000 + b'"}'
    say(still.shop.key, top_up(still), note).refused(413, "body_too_large")
    fits = b'{"amount": 1, "note": "' + b"a" * 900_000 + b'"}'
    say(still.shop.key, top_up(still), fits).refused(422, "invalid")


def test_too_large_body_is_refused_however_it_is_sent(still: Place) -> None:
    head = f"POST {top_up(still)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {still.shop.key.token}\r\n"
    announced = f"{head}Content-Length: 99999999999\r\n\r\n".encode()
    assert _status(_exchange(still.server, announced)) == 413
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    assert _status(_exchange(still.server, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 20)) == 413


@pytest.mark.parametrize(
    "head",
    [
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
        "POST {path} HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET /v1/wallets/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        "\r\n\r\nnonsense\r\n\r\n",
    ],
    ids=["negative length", "length in words", "another version", "raw bytes in the address", "nonsense"],
)
def test_what_is_no_http_is_refused(still: Place, head: str) -> None:
    answer = _exchange(still.server, head.format(path=top_up(still)).encode("latin-1"))
    assert _status(answer) in {400, 401, 404, 505}, answer
    assert b"Traceback" not in answer


def test_request_that_breaks_off_does_nothing(still: Place) -> None:
    """The body was announced and never came: an empty one would start a session with the tariff's lease."""
    path = f"/v1/clocks/{still.customer.clock}/sessions"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n"
    with socket.create_connection(("127.0.0.1", still.server.port), timeout=10) as connection:
        connection.sendall(f"{head}Authorization: Bearer {still.shop.key.token}\r\n\r\n".encode())
        assert still.shop.key.get("/v1/who").ok()
    for _ in range(20):
        assert still.shop.clock(still.customer.clock)["state"] == "idle"


@pytest.mark.parametrize("key", ["", " ", "a" * 65, "with space", "tab\tbed", "caf\xe9"])
def test_idempotency_keys_have_their_form(still: Place, key: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    answer = still.shop.key.send("POST", top_up(still), b'{"amount": 1}', headers)
    assert answer.refused(422, "invalid")["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "authorization",
    [
        "", "Bearer", "Bearer ", "Bearer x", "Basic b3BlcmF0b3I6eA==", "bearer cct_0000000_", "Bearer cct_zzzzzzz_abc",
        "Bearer cct_fffffff_abc", "Bearer ccs_0000001_", "Bearer ccp_0000001_abc", "Bearer \xff\xfe",
        "Bearer cct_-000001_abc", "Bearer " + "a" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_token_is_unauthorized(still: Place, authorization: str) -> None:
    for method, path in (("GET", f"/v1/wallets/{still.customer.wallet}"), ("POST", top_up(still))):
        answer = still.server.nobody.send(method, path, headers={"Authorization": authorization})
        answer.refused(401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_token_with_one_letter_changed_is_unauthorized(still: Place) -> None:
    token = still.shop.key.token or ""
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    still.server.nobody.holding(other).get("/v1/who").refused(401, "unauthorized")
    elsewhere = f"ccs_{1:07x}_{token[12:]}"
    still.server.nobody.holding(elsewhere).get("/v1/who").refused(401, "unauthorized")


def test_removed_key_works_no_more(server: Server) -> None:
    shop = server.shop
    key = shop.key_with("wallets")
    app: str = key.get("/v1/who").ok()["id"]
    customer = shop.customer(credits=5)
    key.get(f"/v1/wallets/{customer.wallet}").ok()
    shop.owner.delete(f"/v1/apps/{app}").ok()
    key.get(f"/v1/wallets/{customer.wallet}").refused(401, "unauthorized")
    key.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 1}).refused(401, "unauthorized")
    shop.owner.get(f"/v1/apps/{app}").refused(404, "not_found")
    shop.owner.delete(f"/v1/apps/{app}").refused(404, "not_found")
    assert shop.balance(customer.wallet) == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "with space"), ("login", ""), ("login", "a" * 101), ("login", "cus_x"), ("login", "tab\t"),
        ("password", "seven77"), ("password", "a" * 201), ("name", ""), ("name", " "), ("name", "a" * 201),
        ("email", "nobody"), ("email", "a@b@c"), ("email", "a b@c"), ("phone", "call me"), ("phone", ""),
    ],
)  # fmt: skip
def test_texts_of_a_customer_have_their_form(still: Place, field: str, value: str) -> None:
    problem = still.shop.key.post("/v1/customers", {"login": "someone", field: value}).refused(422, "invalid")
    assert problem["field"] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/Olympus"), ("zone", "../etc/passwd"), ("zone", "/etc/localtime"), ("zone", ""),
        ("zone", "Europe"), ("currency", "eur"), ("currency", "E"), ("exponent", 5), ("exponent", -1),
        ("customer_limit", -1), ("plan", "pln_0000000fffffffff000"),
    ],
)  # fmt: skip
def test_terms_of_a_business_have_their_form(server: Server, field: str, value: Json) -> None:
    before = server.rows("SELECT count(*) FROM lane")
    body = {"name": "Corner", "login": server.unique("x"), "password": PASSWORD, field: value}
    answer = server.operator.post("/v1/masters", body)
    answer.refused(404, "not_found") if field == "plan" else answer.refused(422, "invalid")
    assert server.rows("SELECT count(*) FROM lane") == before


@pytest.mark.parametrize(
    "value",
    [
        "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z",
        "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-01-01", "2026-01-01T00:00:00+01:00",
        "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.1234Z", "tomorrow", "", 1_900_000_000_000,
    ],
)  # fmt: skip
def test_instants_exist_and_lie_ahead(still: Place, value: Json) -> None:
    path = f"/v1/clocks/{still.customer.clock}/grant"
    for field in ("starts_at", "expires_at"):
        still.shop.key.post(path, {"ms": 1, field: value}).refused(422, "invalid")


def test_no_answer_was_an_accident(place: Place) -> None:
    """The server never met anything that it didn't expect in all of the above."""
    assert "Traceback" not in place.server.log
    assert " failed" not in place.server.log


def _exchange(server: Server, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        try:
            connection.sendall(request)
            return connection.recv(65_536)
        except ConnectionError:
            return connection.recv(65_536)


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
