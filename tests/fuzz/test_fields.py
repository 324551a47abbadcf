"""Every field of every operation takes what nobody expected: an answer with a stable code, and books that are right."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditclock.contract import TITLES
from tests.api import Answer, Api
from tests.conftest import KINDS, Servers
from tests.fuzz.hostile import body_with, hostile
from tests.fuzz.world import World
from tests.web.place import WRITES, Place, body_fields
from tests.web.things import fields_said, request_of

EXAMPLES = 50
HELD_BACK = {"token.sign_in", "token.change_password"}
"""Operations that hold back who fails often; a few cases of them are in the fuzzer's run."""
FIELDS = [
    (operation, field) for operation in WRITES if operation.name not in HELD_BACK for field in body_fields(operation)
]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_field_says_gets_an_answer(servers: Servers, kind: str) -> None:
    with servers.made(kind) as server:
        world, place = World(server), Place(server)
        # What a case removes is missing for the others: that is an answer with a code, too.
        things = {role: named(world, role) for role in ("owner", "operator", "customer")}

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(st.data())
        def attempt(data: st.DataObject) -> None:
            operation, field = data.draw(st.sampled_from(FIELDS))
            role = next(role for role in ("owner", "operator", "anyone", "customer") if role in operation.by)
            caller = server.nobody if role == "anyone" else world.caller(role)
            said = fields_said(place, operation, things[role if role in things else "owner"])
            value = data.draw(hostile(field.type))
            path = request_of(operation, said).path
            rest = {name: part for name, part in said.items() if name not in operation.path_fields}
            check(send(caller, operation.method, path, body_with(rest, field.name, value)))
            entry = body_with({"op": operation.name, **said}, field.name, value)
            check(send(world.caller("owner"), "POST", "/v1/batch", b'{"operations": [' + entry + b"]}"))

        attempt()
        server.stop()
        assert server.check() == ""
        assert "Traceback" not in server.log


def named(world: World, role: str) -> dict[str, str]:
    """An id of every kind, of what is there where there is something."""
    absent = {prefix: f"{prefix}{world.shop.id[3:11]}{1:012x}" for prefix in ("whk", "tok", "app", "pln", "evt")}
    return absent | {prefix: ids[0] for prefix, ids in world.things(role).items()}


def send(caller: Api, method: str, path: str, body: bytes) -> Answer:
    return caller.send(method, path, body, {"Content-Type": "application/json"})


def check(answer: Answer) -> None:
    """An answer in JSON; a problem has a code, and isn't ours."""
    said = json.loads(answer.body)
    problems = (
        [said] if answer.status >= 400 else [part["problem"] for part in said.get("results", ()) if "problem" in part]
    )
    for problem in problems:
        assert problem["code"] in TITLES.keys() - {"unexpected"}, answer
        assert problem["detail"].endswith("."), answer
