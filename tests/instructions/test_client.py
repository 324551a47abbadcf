"""The client of the instruction set: what it sends, what it makes of answers, and what it raises."""

import base64
import inspect
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from creditclock.client.errors import Busy, Unauthorized
from creditclock.contract.instructions import INSTRUCTIONS, Instruction, Needs, find
from creditclock.contract.instructions.accounts import ViewAccount
from creditclock.contract.instructions.events import EventsPolled
from creditclock.contract.instructions.instruction import PATH
from creditclock.contract.wallets import GetWallet
from creditclock.instructions import Client, InstructionRefused, Problem, UnexpectedAnswer, Unreachable
from tests.client.stub import Reply, Stub
from tools.instruction_client import method_of

C, S = "ewsm-uid:abc:1795161617", "ewsm-st:def:1795161617"
DATE: Final = "26-11-2026 16:20:00"
OFFERED = {"label": "ClockLow", "summary": "Little time is left on a running clock."}
TOLD = {
    "id": 7,
    "label": "ClockLow",
    "timestamp": DATE,
    "data": {"account": "ann@example.org", "clock": 3, "credit_clock": 1.0, "stop_timestamp": DATE},
}
EVENTS: Final[dict[str, dict[str, object]]] = {
    "List": {"account": "ann@example.org", "available_events": [OFFERED]},
    "Poll": {"account": "ann@example.org", "events": [TOLD], "more": False},
    "Acknowledge": {"account": "ann@example.org", "acknowledged": 7},
}
VALUES: Final[dict[str, object]] = {"int": 3, "float": 1.5, "bool": True, "dict[str, Any]": {"name": "A"}}
BOTH: Final = frozenset(Needs) - {Needs.NOTHING, Needs.CLIENT, Needs.SESSION}


def answers() -> dict[str, Any]:
    """An answer to each instruction, as its protocol has it."""
    lines = Path(__file__).with_name("answers.txt").read_text(encoding="utf-8").splitlines()
    found = {label: json.loads(answer) for label, _, answer in (line.partition(" | ") for line in lines)}
    for kind, answer in EVENTS.items():
        found[f"Event{kind}"] = found[f"MasterEvent{kind}"] = {"failed": False, **answer}
    return found


ANSWERS: Final = answers()


def reply(body: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


def problem(status: int, code: str) -> Reply:
    return reply({"code": code, "detail": f"It is {code}.", "status": status}, status)


def known(stub: Stub) -> Client:
    """A client that has been told its tokens."""
    return Client(stub.url, client_id=C, session_token=S)


def method(client: Client, found: Instruction) -> Callable[..., Any]:
    return getattr(client, method_of(found.label))


def some_of(found: Instruction) -> dict[str, object]:
    """A value for each field."""
    parameters = inspect.signature(method(Client(), found)).parameters
    types = {name: str(parameter.annotation).partition(" | ")[0] for name, parameter in parameters.items()}
    spelled = {name: kind.removeprefix("<class '").removesuffix("'>") for name, kind in types.items()}
    return {name: VALUES.get(kind.replace("typing.", ""), f"some {name}") for name, kind in spelled.items()}


@pytest.mark.parametrize("found", INSTRUCTIONS.values(), ids=lambda found: found.label)
def test_every_instruction_is_sent_and_its_answer_understood(found: Instruction) -> None:
    given = some_of(found)
    with Stub(reply(ANSWERS[found.label])) as stub, known(stub) as client:
        answer = method(client, found)(**given)
        (body,) = stub.bodies()
        ((verb, path, headers),) = stub.asked
    assert (verb, path, headers["Content-Type"]) == ("POST", PATH, "application/json")
    assert "Authorization" not in headers
    assert find(body) is found
    tokens = {"client_id": C, "session_token": S} if found.needs in BOTH else {}
    tokens |= {"client_id": C} if found.needs is Needs.CLIENT else {}
    tokens |= {"session_token": S} if found.needs is Needs.SESSION else {}
    named = {key: value for key, value in found.selector.items() if value is not None}
    assert body == {"controller": found.controller, "ctype": found.ctype, **named, **tokens, **given}
    assert type(answer) is found.answer
    assert json.loads(msgspec.json.encode(answer)) == ANSWERS[found.label]


@pytest.mark.parametrize("found", INSTRUCTIONS.values(), ids=lambda found: found.label)
def test_every_method_has_the_fields_and_a_docstring(found: Instruction) -> None:
    called = method(Client(), found)
    parameters = inspect.signature(called).parameters
    fields = {field.name: field for field in msgspec.structs.fields(found.command)}
    assert set(parameters) == set(fields)
    for name, parameter in parameters.items():
        default = fields[name].default
        assert parameter.default == (parameter.empty if default is msgspec.NODEFAULT else default)
    said = " ".join((called.__doc__ or "").split())
    assert found.summary.split(". ")[0] in said
    assert f"{found.label} needs {found.needs.value}." in said
    if "user_pass" in parameters:
        assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("found", INSTRUCTIONS.values(), ids=lambda found: found.label)
def test_without_tokens_nothing_is_sent(found: Instruction) -> None:
    with Stub(reply(ANSWERS[found.label])) as stub, Client(stub.url) as client:
        if found.needs is Needs.NOTHING:
            method(client, found)(**some_of(found))
            return
        with pytest.raises(InstructionRefused, match=r"connect\(\)") as raised:
            method(client, found)(**some_of(found))
        assert (raised.value.label, raised.value.code) == (found.label, "invalid_tokens")
        assert stub.asked == []


def test_what_is_left_out_is_not_sent() -> None:
    with Stub(reply(ANSWERS["EditAccount"])) as stub, known(stub) as client:
        client.edit_account(user_alias="")
        (body,) = stub.bodies()
    assert {name for name in body if name.startswith("user_")} == {"user_alias"}


def test_connecting_asks_for_both_tokens_and_remembers_them() -> None:
    first, second = reply({"failed": False, "client_id": C}), reply({"failed": False, "session_token": S})
    with Stub(first, second, reply(ANSWERS["ViewAccount"])) as stub:
        with Client(stub.url).connect() as client:
            assert (client.client_id, client.session_token) == (C, S)
            client.view_account()
        requested, asked, viewed = stub.bodies()
        assert "client_id" not in requested
        assert (asked["client_id"], "session_token" in asked) == (C, False)
        assert (viewed["client_id"], viewed["session_token"]) == (C, S)


def test_a_new_client_id_ends_the_conversation() -> None:
    with Stub(reply({"failed": False, "client_id": "another"})) as stub, known(stub) as client:
        assert client.request_client_id().client_id == client.client_id == "another"
        assert client.session_token is None


def test_a_stopped_program_goes_on() -> None:
    with Stub(reply(ANSWERS["StopClockTimer"])) as stub, Client(stub.url) as client:
        client.client_id, client.session_token = C, S
        assert client.stop_clock_timer().record_data.time_sheet == 3
        assert stub.bodies()[0]["session_token"] == S


def test_the_whole_url_of_other_clients_is_taken() -> None:
    with Stub(reply(ANSWERS["ViewAccount"])) as stub, Client(f"{stub.url}{PATH}/", client_id=C) as client:
        assert client.url == stub.url
        client.session_token = S
        client.view_account()
        assert stub.asked[0][1] == PATH
    with pytest.raises(UnexpectedAnswer, match="not the URL of a server"):
        Client("127.0.0.1:8400")


def test_a_name_and_password_go_with_everything() -> None:
    with Stub(reply(ANSWERS["ViewAccount"])) as stub:
        with Client(stub.url, basic=("mia", "gehéim"), client_id=C, session_token=S) as client:
            client.view_account()
            assert "gehéim" not in repr(client)
        assert stub.asked[0][2]["Authorization"] == f"Basic {base64.b64encode('mia:gehéim'.encode()).decode()}"


def test_events_are_polled_and_acknowledged() -> None:
    with Stub(reply(ANSWERS["EventPoll"]), reply(ANSWERS["EventAcknowledge"])) as stub, known(stub) as client:
        polled: EventsPolled = client.event_poll()
        assert polled.events[0].data["clock"] == 3
        assert client.event_acknowledge(polled.events[0].id).acknowledged == 7
        assert [body.get("limit") for body in stub.bodies()] == [20, None]


@pytest.mark.parametrize("kind", ["error", "warning"])
def test_a_refusal_is_raised(kind: str) -> None:
    refused = {"failed": True, kind: "No account.", "level": "session-manager", "details": "not_logged_in"}
    with Stub(reply(refused)) as stub, known(stub) as client:
        with pytest.raises(InstructionRefused) as raised:
            client.view_account()
        assert len(stub.asked) == 1
    problem = raised.value
    assert (problem.label, problem.message, problem.code) == ("ViewAccount", "No account.", "not_logged_in")
    assert (str(problem), problem.detail, problem.status) == ("No account.", "No account.", 200)
    assert isinstance(problem, Problem)


@pytest.mark.parametrize("details", [None, "{user_pass: Anns-secret-1}", {"user_pass": "Anns-secret-1"}, 5])
def test_what_is_no_code_is_not_repeated(details: object) -> None:
    with Stub(reply({"failed": True, "details": details})) as stub, known(stub) as client:
        with pytest.raises(InstructionRefused, match="doesn't say why") as raised:
            client.account_login(user_email="ann@example.org", user_pass="Anns-secret-1")
        assert raised.value.code == "refused"
        assert "Anns-secret-1" not in repr(raised.value) + str(raised.value)


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (problem(401, "unauthorized"), Unauthorized, "It is unauthorized"),
        (problem(404, "not_found"), UnexpectedAnswer, "--instruction-set on"),
        (problem(503, "busy"), Busy, "It is busy"),
        (problem(413, "too_large"), Problem, "It is too_large"),
        (Reply(500, b"<html>"), UnexpectedAnswer, "status 500"),
        (Reply(302, b"", (("Location", "/elsewhere"),)), UnexpectedAnswer, "status 302"),
        (Reply(204, b""), UnexpectedAnswer, "status 204"),
        (Reply(200, b""), UnexpectedAnswer, "version"),
        (Reply(200, b"<html>"), UnexpectedAnswer, "version"),
        (Reply(200, b'{"failed": "no"}'), UnexpectedAnswer, "version"),
        (Reply(200, b'{"failed": false}'), UnexpectedAnswer, "version"),
        (Reply(200, b'[{"failed": false}]'), UnexpectedAnswer, "version"),
        (Reply(200, b'{"failed": false, "account": "\xff"}'), UnexpectedAnswer, "version"),
        (Reply(hangs_up=True), Unreachable, "No answer"),
    ],
    ids=[
        "unauthorized",
        "not found",
        "busy",
        "too large",
        "broken",
        "redirected",
        "empty",
        "nothing",
        "HTML",
        "no bool",
        "no answer",
        "a list",
        "no UTF-8",
        "hung up",
    ],
)
def test_whatever_is_no_answer_is_raised_and_nothing_is_sent_again(
    answer: Reply, kind: type[Problem], says: str
) -> None:
    with Stub(answer) as stub, known(stub) as client:
        with pytest.raises(kind, match=says) as raised:
            client.supply_credits(5)
        assert not isinstance(raised.value, InstructionRefused)
        assert len(stub.asked) == 1


def test_a_silent_server_is_waited_for_no_longer_than_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, 0.3, client_id=C, session_token=S) as client, pytest.raises(Unreachable):
            client.supply_credits(5)
        assert 0.2 < time.monotonic() - began < 5


def test_a_refused_connection_is_tried_again_for_a_moment() -> None:
    with socket.socket() as late:
        late.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{late.getsockname()[1]}"
        with Client(url) as client, pytest.raises(Unreachable):
            client.request_client_id()

        def comes_late() -> None:
            time.sleep(0.1)
            late.listen()
            connection, _ = late.accept()
            with connection:
                connection.recv(10_000)
                body = b'{"failed": false, "client_id": "abc"}'
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

        server = threading.Thread(target=comes_late)
        server.start()
        with Client(url) as client:
            assert client.request_client_id().client_id == "abc"
        server.join()


def test_what_is_no_instruction_is_told() -> None:
    wrong: Any = GetWallet(wallet="wal_1")
    with Client() as client, pytest.raises(TypeError, match=r"such as ViewAccount.* not GetWallet"):
        client.call(wrong)


def test_an_instruction_can_be_called_by_its_class() -> None:
    with Stub(reply(ANSWERS["ViewAccount"])) as stub, known(stub) as client:
        assert client.call(ViewAccount()).account_data.id == ANSWERS["ViewAccount"]["account_data"]["id"]


def test_it_needs_the_base_install_only() -> None:
    program = "import sys, creditclock.instructions as found; found.Client(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = done.stdout.split()
    assert {"alembic", "sqlalchemy", "starlette", "uvicorn"}.isdisjoint(loaded)
    parts = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("creditclock.")}
    assert parts == {"creditclock.client", "creditclock.contract", "creditclock.instructions"}
