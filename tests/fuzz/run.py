"""Fuzzing: requests that the API's own document allows and forbids, and whether each answer is as the document says."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from requests import Session
from requests.exceptions import ConnectionError as NoConnection
from schemathesis import checks as all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from creditclock.contract import OPERATIONS, Operation
from tests.api import Json
from tests.fuzz.world import World
from tests.web.things import id_fields

Described: TypeAlias = Any
"""An operation as the library reads it from the document; its types are partly unknown."""
Case: TypeAlias = Any
Check: TypeAlias = Any
_ANY: Any = all_checks
_KNOWN: Any = checks
CHECKS: list[Check] = [
    _ANY.not_a_server_error,
    _KNOWN.status_code_conformance,
    _KNOWN.content_type_conformance,
    _KNOWN.response_headers_conformance,
    _KNOWN.response_schema_conformance,
]
"""What an answer must satisfy. That refusals follow the schema is another check: the books refuse what it allows."""
ON_ITS_OWN = {"batch.run"}
"""Operations whose parts are refused each at its place."""
LAST = ("token.change_password", "token.revoke", "token.sign_in", "token.sign_out")
"""What ends the rights of whoever calls, or holds back who comes next."""
TIMEOUT_S = 60


class Plan(NamedTuple):
    """How much is tried: so many cases of each operation for each role, until the time is over."""

    roles: Sequence[str]
    operations: Sequence[Operation]
    examples: int
    seconds: float
    seed: int


class Failure(NamedTuple):
    """An answer that isn't as the document says, and what was asked."""

    role: str
    operation: str
    seed: int
    text: str

    @property
    def again(self) -> str:
        """The line that tries the same again."""
        return f'make fuzz ARGS="--seed {self.seed} --role {self.role} --operation {self.operation}"'


class Tally:
    """What came of the cases of a role."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.operations: set[str] = set()
        self.cases = 0
        self.statuses: Counter[int] = Counter()
        self.failures: list[Failure] = []


def fuzz(world: World, document: Json, plan: Plan, tell: Callable[[Tally], None] = lambda _: None) -> list[Tally]:
    """Try what the plan says; operations come in an order of chance, so that a short run meets others each time."""
    described = _described(document)
    until = time.monotonic() + plan.seconds
    tallies = {role: Tally(role) for role in plan.roles}
    pairs = [(role, operation) for role in plan.roles for operation in plan.operations if not operation.streams]
    random.Random(plan.seed).shuffle(pairs)
    pairs.sort(key=lambda pair: pair[1].name in LAST)
    with Session() as session:
        for role, operation in pairs:
            if time.monotonic() > until:
                break
            tally = tallies[role]
            _Trial(world, session, operation, tally, plan, until).run(described[operation.name.replace(".", "_")])
            tell(tally)
    return list(tallies.values())


def _described(document: Json) -> dict[str, Described]:
    """The operations of the document by their ids. Who calls is decided here, so tokens aren't made up."""
    plain = {name: part for name, part in document.items() if name != "security"}
    plain["components"] = {name: part for name, part in document["components"].items() if name != "securitySchemes"}
    plain["paths"] = {
        path: {method: {**said, "security": []} for method, said in methods.items()}
        for path, methods in document["paths"].items()
    }
    schema: Any = schemathesis.openapi.from_dict(plain)
    found = (result.ok() for result in schema.get_all_operations())
    return {operation.definition.raw["operationId"]: operation for operation in found}


class _Trial:
    """The cases of one operation for one role."""

    def __init__(
        self, world: World, session: Session, operation: Operation, tally: Tally, plan: Plan, until: float
    ) -> None:
        self._world = world
        self._session = session
        self._operation = operation
        self._tally = tally
        self._plan = plan
        self._until = until
        self._token = world.caller(tally.role).token
        self._things = world.things(tally.role)
        self._prefixes = {field.name: field.prefix for field in id_fields(operation)}

    def run(self, described: Described) -> None:
        """Try some that the schema allows and some that it forbids; where nobody is let in, few are enough."""
        self._tally.operations.add(self._operation.name)
        may = self._tally.role in self._operation.by or "anyone" in self._operation.by
        examples = self._plan.examples if may else 1
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = self._cases(described, mode)
            if cases is None:
                continue

            @seed(self._plan.seed)
            @settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
            )
            @given(cases)
            def attempt(case: Case) -> None:
                if time.monotonic() < self._until:
                    self._try(case, mode)  # noqa: B023 - is called at once

            attempt()

    def _cases(self, described: Described, mode: GenerationMode) -> st.SearchStrategy[Case] | None:
        """Cases, in which ids name something that is there every other time."""
        if mode is GenerationMode.NEGATIVE:
            takes = self._operation.command.__struct_fields__
            return described.as_strategy(generation_mode=mode) if takes else None
        return st.builds(self._named, described.as_strategy(generation_mode=mode), st.randoms(use_true_random=False))

    def _named(self, case: Case, chance: random.Random) -> Case:
        for part in (case.path_parameters, case.query, case.body):
            if not isinstance(part, dict):
                continue
            part = cast("dict[str, Json]", part)
            for name, prefix in self._prefixes.items():
                if name in part and prefix in self._things and chance.random() < 0.75:
                    part[name] = chance.choice(self._things[prefix])
        return case

    def _try(self, case: Case, mode: GenerationMode) -> None:
        tally = self._tally
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        base = f"http://127.0.0.1:{self._world.server.port}"
        tally.cases += 1
        try:
            response = case.call(base_url=base, session=self._session, headers=headers, timeout=TIMEOUT_S)
            tally.statuses[response.status_code] += 1
            if response.status_code == 503 and response.json()["code"] == "busy":
                return
            wanted: list[Check] = [*CHECKS]
            if mode is GenerationMode.NEGATIVE and self._operation.name not in ON_ITS_OWN:
                wanted.append(_KNOWN.negative_data_rejection)
            case.validate_response(response, checks=wanted)
        except FailureGroup as group:
            text = "\n".join(str(failure) for failure in group.exceptions)
            self._failed(f"{text}\n{case.as_curl_command()}")
        except NoConnection as error:
            self._failed(f"no answer: {error}\n{case.as_curl_command()}")

    def _failed(self, text: str) -> None:
        tally = self._tally
        tally.failures.append(Failure(tally.role, self._operation.name, self._plan.seed, text))


def chosen(names: Sequence[str]) -> list[Operation]:
    """The operations of these names, all if there are none. Raises ValueError for a name that isn't in the table."""
    unknown = set(names) - OPERATIONS.keys()
    if unknown:
        raise ValueError(f"there is no operation {', '.join(sorted(unknown))}")
    return [OPERATIONS[name] for name in names or OPERATIONS]
