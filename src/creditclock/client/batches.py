"""Batches: many commands in few requests, each with a key of its own. Pure functions for any HTTP client."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from creditclock.client.errors import Problem, UnexpectedAnswer, Unreachable
from creditclock.client.errors import problem as problem_of
from creditclock.client.patience import Patience, Tries
from creditclock.client.requests import (
    Request,
    Try,
    decoder,
    further,
    headers_for,
    is_said,
    new_key,
    operation_of,
    refusal,
)
from creditclock.contract import OPERATIONS, Command
from creditclock.contract.batch import MOST_OPERATIONS

RUN: Final = OPERATIONS["batch.run"]
_OK: Final = 200


class _Result(msgspec.Struct, frozen=True):
    """What came of one command."""

    ok: msgspec.Raw = msgspec.Raw()
    problem: dict[str, Any] | None = None


class _Results(msgspec.Struct, frozen=True):
    """What came of a request."""

    results: list[_Result]


_DECODER: Final = msgspec.json.Decoder(_Results)


class Batch:
    """The commands of a batch on their way: which are still to be sent, and what came of the others."""

    def __init__(self, commands: Sequence[Command[Any]], chunk: int, patience: Patience) -> None:
        self._operations = [operation_of(command) for command in commands]
        self._entries = [_entry(command) for command in commands]
        self._chunk = max(1, min(chunk, MOST_OPERATIONS))
        self._patience = patience
        self._tries = Tries(RUN, patience)
        self.answers: list[Any] = []

    @property
    def is_done(self) -> bool:
        """Whether something came of every command."""
        return len(self.answers) == len(self._operations)

    def next(self, token: str | None) -> tuple[Request, float]:
        """The request with the next commands, and how many seconds it may take."""
        begin = len(self.answers)
        body = msgspec.json.encode({"operations": self._entries[begin : begin + self._chunk]})
        headers = headers_for(token) | {"Content-Type": "application/json"}
        return Request(RUN, RUN.method, RUN.path, headers, body), self._tries.begin()

    def take(self, got: Try | Unreachable) -> float:
        """Take what came of the last request; gives how many seconds to wait before the next one.

        A busy server carries out the first part of a batch: the rest is sent again, with the same keys, and so is a
        whole request that got no answer. What patience doesn't suffice for is a problem of the commands concerned.
        """
        wait = self._tries.wait_after(got)
        if wait is not None:
            return wait
        if isinstance(got, Unreachable) or got.status != _OK:
            problem = got if isinstance(got, Unreachable) else refusal(got)
            if not self.answers:
                raise problem
            self.answers += [problem] * (len(self._operations) - len(self.answers))
            return 0
        before = len(self.answers)
        busy = self._read(got)
        if len(self.answers) > before:
            self._tries = Tries(RUN, self._patience)
        if busy is None:
            return 0
        wait = self._tries.wait_after_busy()
        if wait is None:
            self.answers += [busy] * (len(self._operations) - len(self.answers))
        return wait or 0

    def _read(self, got: Try) -> Problem | None:
        """Add the answers of one request; gives the problem that stopped it if the server was busy."""
        begin = len(self.answers)
        operations = self._operations[begin : begin + self._chunk]
        try:
            results = _DECODER.decode(got.body).results
            for operation, result in zip(operations, results, strict=True):
                if result.problem is None:
                    self.answers.append(decoder(operation.name).decode(result.ok))
                    continue
                problem = _problem(result.problem)
                if problem.code == "busy":
                    return problem
                self.answers.append(problem)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, KeyError) as error:
            raise UnexpectedAnswer(
                "The answer to a batch is not what this version of creditclock knows. "
                "Check the server's URL and version.",
                status=got.status,
            ) from error
        return None


def _entry(command: Command[Any]) -> dict[str, object]:
    operation = operation_of(command)
    if operation.streams:
        raise Problem("invalid", f"{operation.name} can't stand in a batch: it never ends.")
    said: dict[str, object] = {"op": operation.name}
    if operation.writes:
        said["key"] = new_key()
    for name in command.__struct_fields__:
        value = getattr(command, name)
        if name in operation.path_fields or is_said(operation, name, value):
            said[name] = value
    return said


def _problem(told: dict[str, Any]) -> Problem:
    code = str(told["code"])
    detail = str(told.get("detail") or told.get("title") or code)
    return problem_of(code, detail, status=int(told.get("status", 0)), data=further(told))
