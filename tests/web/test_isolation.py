"""Businesses are apart: whoever names what belongs to another one learns nothing, and nothing changes."""

import re
from typing import Any, NamedTuple, cast

import pytest

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.values import MAX, identify, master_of
from creditclock.storage.schema import metadata
from tests.api import Answer, Api, Json
from tests.server import PASSWORD, Server
from tests.web.place import Place
from tests.web.things import ID_FIELDS, Field, ids_in, naming, request_of, things_of

ROLES = ("nobody", "operator", "owner", "manager", "seller", "customer", "program", "secret", "publishable")
NOBODY_ELSES = identify("mas", 2**27, 0)
CASES = [
    *(("sqlite", role) for role in ROLES),
    *(("postgresql", role) for role in ("operator", "owner", "secret", "customer")),
]
"""Both databases are asked by those whose requests reach them."""
SAME_FOR_ALL = {"event.follow": "invalid", "token.sign_in": "sign_in_failed"}
"""Codes with which these refuse whatever isn't the caller's."""
Rows = dict[str, list[tuple[Any, ...]]]


class Neighbours(NamedTuple):
    """Two businesses with something of every kind: one is called about what belongs to the other."""

    own: Place
    other: Place
    own_things: dict[str, str]
    other_things: dict[str, str]
    operators: str

    def caller(self, role: str) -> Api:
        return self.own.shop.key if role == "secret" else self.own.callers[role]

    def things(self, role: str) -> dict[str, str]:
        return self.own_things | ({"whk": self.operators} if role == "operator" else {})

    def rows(self) -> Rows:
        """All rows of both, and of the installation."""
        masters = (0, master_of(self.own.shop.id), master_of(self.other.shop.id))
        found: Rows = {}
        for table in metadata.sorted_tables:
            if "master_id" in table.columns:
                statement = f"SELECT * FROM {table.name} WHERE master_id IN (?, ?, ?)"
                found[table.name] = sorted(self.own.server.rows(statement, *masters), key=repr)
        return found


def changed(before: Rows, after: Rows) -> set[str]:
    """The tables that aren't as they were; a worker may put seals on what was there, and changes none."""
    found = {name for name in before if before[name] != after[name]}
    return found - {"seal"} if set(before["seal"]) <= set(after["seal"]) else found


@pytest.fixture(scope="module")
def all_neighbours() -> dict[Server, Neighbours]:
    return {}


@pytest.fixture
def neighbours(place: Place, all_neighbours: dict[Server, Neighbours]) -> Neighbours:
    server = place.server
    if server not in all_neighbours:
        own, other = place, Place(server)
        webhook: str = server.operator.post("/v1/webhooks", {"url": "https://shop.example/hook"}).ok(201)["id"]
        server.operator.patch(f"/v1/webhooks/{webhook}", {"enabled": False}).ok()
        made = Neighbours(own, other, things_of(own), things_of(other), webhook)
        assert made.own.callers
        all_neighbours[server] = made
    return all_neighbours[server]


def strangers(neighbours: Neighbours, field: Field) -> tuple[str, list[str]]:
    """An id of the other business, and ids that never existed: there, here, and in no business."""
    foreign = neighbours.other_things[field.prefix]
    if field.prefix == "mas":
        return foreign, [NOBODY_ELSES, identify("mas", 2**27 - 1, 0)]
    here, there = master_of(neighbours.own.shop.id), master_of(neighbours.other.shop.id)
    return foreign, [identify(field.prefix, master, 2**47 - 5) for master in (there, here, 2**27)]


def reaches(role: str, field: Field) -> bool:
    """Whether the table lets a role name things of any business here: the operator names businesses and plans."""
    return role == "operator" and "operator" in field.operation.by and field.prefix in {"mas", "pln"}


def anonymous(answer: Answer, identifier: str) -> Json:
    """An answer without what names the request: its id, and the thing that was asked for."""
    dropped = {"request-id", "date"}
    headers = {name: value for name, value in answer.headers.items() if name not in dropped}
    body = answer.json
    body.pop("request", None)
    return answer.status, headers, _without(body, identifier)


def _without(value: Json, identifier: str) -> Json:
    match value:
        case str():
            return value.replace(identifier, "ID")
        case dict():
            members = cast("dict[str, Json]", value)
            return {name: _without(part, identifier) for name, part in members.items() if name != "request"}
        case list():
            return [_without(part, identifier) for part in cast("list[Json]", value)]
        case _:
            return value


@pytest.mark.parametrize(("kind", "role"), CASES)
def test_what_belongs_to_another_business_is_as_if_it_never_was(neighbours: Neighbours, role: str) -> None:
    caller, things, before = neighbours.caller(role), neighbours.things(role), neighbours.rows()
    for field in ID_FIELDS:
        if reaches(role, field):
            continue
        operation = field.operation
        foreign, absent = strangers(neighbours, field)
        answers: list[Json] = []
        for identifier in (foreign, absent[0]):
            said = request_of(operation, naming(neighbours.own, field, things, identifier))
            answers.append(anonymous(said.send(caller), identifier))
        assert answers[0] == answers[1], (str(field), answers)
        check_refusal(answers[0][2], role, field)
    after = neighbours.rows()
    assert changed(before, after) == set()


def check_refusal(problem: Json, role: str, field: Field) -> None:
    """The refusal is the one that the table and the id ask for, so that nothing else hid it."""
    operation = field.operation
    code = problem["code"]
    if may(role, operation):
        # A plan is named to the operator alone, and a key's business is given.
        forbidden = field.prefix == "pln" or (role == "publishable" and operation.name == "token.sign_in")
        expected = "not_found"
        if forbidden:
            expected = "forbidden" if field.prefix == "pln" else "invalid"
        assert code == SAME_FOR_ALL.get(operation.name, expected) or code == expected, (str(field), problem)
    elif "anyone" in operation.by:
        assert code == "invalid", (str(field), problem)
    else:
        assert code == ("unauthorized" if role == "nobody" else "forbidden"), (str(field), problem)
    if code == "not_found":
        assert problem["id"] == "ID", (str(field), problem)


def may(role: str, operation: Operation) -> bool:
    return role in operation.by or (role == "nobody" and "anyone" in operation.by)


@pytest.mark.parametrize(("kind", "role"), [case for case in CASES if case[1] not in {"nobody", "publishable"}])
def test_nor_is_it_there_in_a_batch(neighbours: Neighbours, role: str) -> None:
    caller, things, before = neighbours.caller(role), neighbours.things(role), neighbours.rows()
    fields = [field for field in ID_FIELDS if not reaches(role, field)]
    answers: list[list[Json]] = []
    for number in range(3):
        entries: list[Json] = []
        named: list[str] = []
        for field in fields:
            foreign, absent = strangers(neighbours, field)
            identifier = (foreign, *absent)[min(number, len(absent))]
            said = naming(neighbours.own, field, things, identifier)
            entries.append({"op": field.operation.name, **said})
            named.append(identifier)
        results = caller.post("/v1/batch", {"operations": entries}).ok()["results"]
        answers.append([_without(result, name) for result, name in zip(results, named, strict=True)])
    for field, *results in zip(fields, *answers, strict=True):
        assert results[1:] == results[:1] * 2, (str(field), results)
        code = results[0]["problem"]["code"]
        assert code in {"not_found", "forbidden"} or results[0]["problem"]["field"] == "op", (str(field), results)
    after = neighbours.rows()
    assert changed(before, after) == set()


@pytest.mark.parametrize(("kind", "role"), [case for case in CASES if case[1] not in {"nobody", "publishable"}])
def test_lists_show_nothing_of_another_business_whatever_the_cursor(neighbours: Neighbours, role: str) -> None:
    own, other = neighbours.own, neighbours.other
    here = {master_of(own.shop.id), 0}
    things = neighbours.things(role)
    lists = 0
    for operation in OPERATIONS.values():
        names = operation.command.__struct_fields__
        if "cursor" not in names or role not in operation.by or operation.noun in {"master", "plan"}:
            continue
        if (role, operation.noun) == ("operator", "audit"):
            # It tells what the operator did, to businesses too.
            continue
        said = {field: things[prefix_of(operation, field)] for field in operation.path_fields}
        request = request_of(operation, said)
        theirs = {name: neighbours.other_things[prefix_of(operation, name)] for name in operation.path_fields}
        page = other.shop.owner.get(request_of(operation, theirs).path, limit=1)
        last = page.json.get("next") if page.status == 200 else None
        for cursor in {"0", "1", f"{MAX - 1:x}", last} - {None}:
            answer = neighbours.caller(role).get(request.path, cursor=cursor)
            if operation.name == "customer.export" and answer.status != 200:
                answer.refused(422, "invalid")
                continue
            assert {master for _, master in ids_in(answer.ok() and answer.body.decode())} <= here, operation.name
        lists += 1
    assert lists or role == "program"


def prefix_of(operation: Operation, name: str) -> str:
    return next(field.prefix for field in ID_FIELDS if field.operation is operation and field.name == name)


def test_a_place_among_events_is_a_place_of_ones_own(neighbours: Neighbours) -> None:
    theirs = neighbours.other_things["evt"]
    there, here = master_of(neighbours.other.shop.id), master_of(neighbours.own.shop.id)
    for role in ROLES[1:-1]:
        answers: list[Json] = []
        events = [theirs, identify("evt", there, 2**40), identify("evt", 2**27, 1)]
        if role not in {"customer", "program"}:
            # Customers aren't told how many events there are: for them a place beyond the end is the end.
            events.append(identify("evt", here, 2**40))
        for event in events:
            answer = neighbours.caller(role).send("GET", "/v1/events", headers={"Last-Event-ID": event})
            answer.refused(422, "invalid")
            answers.append(anonymous(answer, event))
        assert answers[1:] == answers[:1] * (len(events) - 1)


def test_idempotency_keys_of_another_business_are_free(server: Server) -> None:
    one, other = server.new_shop(), server.new_shop()
    mine, theirs = one.customer(credits=10), other.customer(credits=10)
    key = server.unique("shared")
    first = one.key.post(f"/v1/wallets/{mine.wallet}/pay", {"amount": 1}, key=key)
    before = server.rows("SELECT * FROM stored WHERE master_id = ?", master_of(one.id))
    second = other.key.post(f"/v1/wallets/{theirs.wallet}/pay", {"amount": 2}, key=key)
    assert (first.ok()["wallet"]["balance"], second.ok()["wallet"]["balance"]) == (9, 8)
    assert "idempotent-replayed" not in second.headers
    # The other's wallet under one's own key is still not there, and its answer isn't given away.
    foreign = other.key.post(f"/v1/wallets/{mine.wallet}/pay", {"amount": 1}, key=server.unique("shared"))
    foreign.refused(404, "not_found")
    assert server.rows("SELECT * FROM stored WHERE master_id = ?", master_of(one.id)) == before


def test_the_operator_reaches_businesses_and_nothing_within_them(neighbours: Neighbours) -> None:
    """Exactly what the table says: a business as a whole; never its customers, their money or their time."""
    reached = {str(field) for field in ID_FIELDS if reaches("operator", field) and field.prefix == "mas"}
    assert {name.partition(".")[0] for name in reached} <= {"master", "audit"}
    for place in (neighbours.own, neighbours.other):
        shown = neighbours.own.server.operator.get(f"/v1/masters/{place.shop.id}").ok()
        assert shown["id"] == place.shop.id
        assert {kind for kind, _ in _kinds(shown)} <= {"mas", "pln", "trf", "stf"}


def _kinds(shown: Json) -> list[tuple[str, str]]:
    return [(identifier[:3], identifier) for identifier, _ in ids_in(str(shown))]


def test_a_customer_signs_in_at_its_own_business_only(neighbours: Neighbours) -> None:
    server = neighbours.own.server
    body = {"login": neighbours.own.customer.login, "password": PASSWORD}
    refused = [
        server.nobody.post("/v1/sign-in", {**body, "master": master})
        for master in (neighbours.other.shop.id, NOBODY_ELSES)
    ]
    answers = [re.sub(r"req_\w+", "", str(answer)) for answer in refused]
    assert answers[0] == answers[1]
    refused[0].refused(401, "sign_in_failed")
