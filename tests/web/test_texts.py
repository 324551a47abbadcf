"""Texts of strangers: names to sign in with that nobody mistakes, and nothing that acts on who reads it."""

import json
import re
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import msgspec
import pytest

from creditclock.cli.render import render
from creditclock.cli.visible import visible
from creditclock.contract import OPERATIONS, Refusal, logins
from tests.api import Api
from tests.server import PASSWORD, Server, Shop
from tests.timing import keeps
from tests.web.place import Place

NO_LOGINS = {
    "a zero width space": "an\u200bna",
    "a soft hyphen": "an\u00adna",
    "a word joiner": "anna\u2060",
    "a mark of direction": "anna\u200e",
    "an override of direction": "\u202eanna",
    "an isolate of direction": "a\u2066nna",
    "a variation selector": "anna\ufe0f\u200d",
    "a control character": "anna\x85",
    "a private character": "anna\ue000",
    "an unassigned character": "anna\u0378",
    "no character": "anna\ufdd0",
    "a no-break space": "an\u00a0na",
    "an emoji": "anna\U0001f550",
    "a ligature": "\ufb01na",
    "a superscript": "anna\u00b2",
    "mathematical letters": "\U0001d41anna",
    "a Cyrillic letter among Latin ones": "\u0430nna",
    "a Greek letter among Latin ones": "ann\u03b1",
    "Cyrillic and Greek": "\u0430\u03bd\u03bd\u0430",
    "both directions": "anna\u05d0",
    "an id": "cus_1",
    "an id in wide letters": "\uff43\uff55\uff53_1",
}
LOGINS = [
    "anna@example.org",
    "Zo\u00eb",
    "\u0430\u043d\u043d\u0430",
    "\u03ac\u03bd\u03bd\u03b1",
    "\u65e5\u672c\u8a9e",
    "\u05d7\u05e0\u05d4",
]
HOSTILE = "Bob\x1b]0;root\x07\x1b[2J\u202egnp.exe"
MARKUP = """<script>alert(1)</script><img src=x onerror=alert(1)>"'&</title>{{7*7}}"""
ONE = pytest.mark.parametrize("kind", ["sqlite"])
"""What is decided before the database is asked."""


def made(shop: Shop, login: str) -> str:
    """A new customer's login with a text that no other test has."""
    return shop.key.post("/v1/customers", {"login": login, "password": PASSWORD}).ok(201)["login"]


@pytest.mark.parametrize("login", [pytest.param(login, id=name) for name, login in NO_LOGINS.items()])
@ONE
def test_logins_that_deceive_are_refused(place: Place, login: str) -> None:
    key, before = place.shop.key, place.lane
    assert key.post("/v1/customers", {"login": login}).refused(422, "invalid")["field"] == "login"
    body = {"name": "Corner", "login": login, "password": PASSWORD}
    assert place.server.operator.post("/v1/masters", body).refused(422, "invalid")["field"] == "login"
    assert place.lane == before


def test_a_login_is_not_changed_into_one_that_deceives(shop: Shop) -> None:
    customer = shop.customer()
    problem = shop.key.patch(f"/v1/customers/{customer.id}", {"login": "\u0430nna"}).refused(422, "invalid")
    assert "Cyrillic and Latin" in problem["detail"]


@pytest.mark.parametrize("login", LOGINS)
def test_every_script_has_logins(login: str) -> None:
    assert logins.kept(login) == login
    assert logins.kept(login + "7") == login + "7"


def test_a_login_is_the_same_however_it_is_typed(server: Server) -> None:
    shop = server.new_shop()
    composed = unicodedata.normalize("NFC", "Zoë")
    parts = unicodedata.normalize("NFD", composed)
    assert made(shop, parts) == composed
    shop.key.post("/v1/customers", {"login": composed}).refused(409, "login_taken")
    for typed in (composed, parts, "\uff3ao\u00eb"):
        signed_in = server.nobody.post("/v1/sign-in", {"login": typed, "password": PASSWORD, "master": shop.id})
        assert signed_in.ok()["who"]["kind"] == "customer"
        assert [item["login"] for item in shop.key.get("/v1/customers", login=typed).ok()["items"]] == [composed]


@pytest.mark.parametrize("text", [HOSTILE, "a\x9bb", "a\u2067b", "a\x00b"])
@ONE
def test_names_and_notes_hold_nothing_that_acts(shop: Shop, text: str) -> None:
    customer = shop.customer(credits=5)
    for path, body in (
        ("/v1/customers", {"login": "x", "name": text}),
        (f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1, "note": text}),
        (f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1, "reference": text}),
        (f"/v1/wallets/{customer.wallet}/pay", {"amount": 1, "note": text}),
    ):
        shop.key.post(path, body).refused(422, "invalid")
    shop.owner.post("/v1/apps", {"name": text, "kind": "secret"}).refused(422, "invalid")
    assert shop.balance(customer.wallet) == 5


@pytest.mark.parametrize(
    "name",
    ["An\u200bna", "Anna\u2028x", "Anna\ufeff", "Anna\U000e0061", "An\u00adna", "Anna\u2060", "\u3164", "An\u200dna",
     "Anna\u200d", "\u200dAnna", "Anna\ufe0f", "\U0001f469\u200d\u200d\U0001f4bb", "Anna \ufe0f", "Anna\u200e"],
)  # fmt: skip
def test_names_have_nothing_that_nobody_sees(shop: Shop, name: str) -> None:
    body = {"login": shop.server.unique("unseen"), "name": name}
    assert shop.key.post("/v1/customers", body).refused(422, "invalid")["field"] == "name"


def test_names_may_have_emoji_and_every_script(shop: Shop) -> None:
    technologist, heart, keycap = "\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f\u200d\U0001f525", "1\ufe0f\u20e3"
    family = "\U0001f468\U0001f3fd\u200d\U0001f469\u200d\U0001f467"
    persian, sinhala, variant = "\u0645\u06cc\u200c\u062e", "\u0d9a\u0dca\u200d\u0dbb", "\u845b\U000e0100"
    texts = (technologist, heart, keycap, family, persian, sinhala, variant, "\U0001f1eb\U0001f1f7", "Zo\u00eb O'Neil")
    for text in texts:
        for name in (text, f"Anna {text} 2"):
            body = {"login": shop.server.unique("seen"), "name": name}
            assert shop.key.post("/v1/customers", body).ok(201)["name"] == name


def test_a_note_may_have_lines(shop: Shop) -> None:
    customer = shop.customer()
    path = f"/v1/wallets/{customer.wallet}/top-up"
    assert shop.key.post(path, {"amount": 1, "note": "two\nlines\t."}).ok()["record"]["note"] == "two\nlines\t."


def test_a_terminal_is_shown_what_it_would_act_on() -> None:
    """Also what was kept before such texts were refused."""
    text = render({"items": [{"id": "x", "note": HOSTILE}, {"id": "y", "note": "a\nb"}], "next": None}, None)
    assert len(text.splitlines()) == 3
    assert text.replace("\n", "").isprintable()
    assert visible("Zoë 日本語 🕐 👩\u200d💻") == "Zoë 日本語 🕐 👩\u200d💻"


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE wallet; --", '" OR 1=1 --', "%s %(x)s $1 ? :x", "\\'; --", "a'b''c", MARKUP]
)
def test_a_database_keeps_texts_as_they_are(shop: Shop, text: str) -> None:
    customer = shop.key.post("/v1/customers", {"login": shop.server.unique("q"), "name": text}).ok(201)
    assert shop.key.get(f"/v1/customers/{customer['id']}").ok()["name"] == text
    reference = f"{text}{shop.server.unique('r')}"
    path = f"/v1/wallets/{customer['wallets'][0]}/top-up"
    shop.key.post(path, {"amount": 1, "note": text, "reference": reference}).ok()
    shop.key.post(path, {"amount": 1, "reference": reference}).refused(409, "reference_used")
    assert shop.records("wallets", customer["wallets"][0])[0]["note"] == text
    assert shop.key.get("/v1/customers", login=text).ok()["items"] == []


@pytest.mark.parametrize("given", ["a\r\nset-cookie: x=1", "a b", "é", "x" * 65, "", "req\x00"])
@ONE
def test_a_header_holds_no_other_header(server: Server, given: str) -> None:
    """What a request says about itself comes back only where it is harmless."""
    try:
        answer = server.nobody.send("GET", "/healthz", headers={"Request-Id": given})
    except ValueError:
        return  # the client doesn't send it
    assert "set-cookie" not in answer.headers
    assert answer.status == 400 or re.fullmatch(r"req_[0-9a-f]{16}", answer.headers["request-id"])


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/..\\app.py",
     "/static/%00", "/static/reference.css%00.txt", "/static/....//app.py", "/static/" + "a/" * 1_000],
)  # fmt: skip
@ONE
def test_only_files_that_are_served_are_served(server: Server, path: str) -> None:
    answer = server.nobody.send("GET", path)
    assert answer.status in {400, 404}, answer
    assert b"import" not in answer.body


def test_patterns_are_quick_on_what_was_made_to_be_slow() -> None:
    """Many hostile texts of a field's greatest length and of more, through every pattern of the contract."""
    for operation in OPERATIONS.values():
        decoder = msgspec.json.Decoder(operation.command)
        for field in msgspec.structs.fields(operation.command):
            for unit in ("a", "a.", "@", " ", "\t", "0", "-", "a@", "é", "//", "ses_", "!"):
                for end in ("", "\u0001", "\n", " !"):
                    body = json.dumps({field.name: unit * (50_000 // len(unit)) + end}).encode()
                    short = json.dumps({field.name: (unit * 2_000)[:1_990] + end}).encode()
                    for text in (body, short):
                        keeps(0.25, partial(_spent, partial(decoder.decode, text)))


def test_logins_are_spelled_quickly() -> None:
    for text in ("\u0430" * 100, "e\u0301" * 50, "\u0344" * 100, "\uff43" * 100, "\U0001d15e" * 100):
        keeps(0.05, partial(_spent, partial(logins.kept, text)))


def _spent(read: Callable[[], object]) -> float:
    began = time.process_time()
    with suppress(msgspec.ValidationError, Refusal):
        read()
    return time.process_time() - began


def test_a_list_by_login_takes_any_text(shop: Shop) -> None:
    caller: Api = shop.key
    for login in ("\u202e", "%", "_", "x" * 5_000, "\u0344" * 50):
        assert caller.get("/v1/customers", login=login).ok()["items"] == []
