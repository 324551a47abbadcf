"""A small HTTP client for tests: what is sent and what comes back, without retries."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlencode

import urllib3

TIMEOUT_S = 60.0
Json: TypeAlias = Any
Problem: TypeAlias = dict[str, Any]


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)

    def ok(self, status: int | None = None) -> Json:
        """What a success answers; an error of the test if it is none."""
        expected = range(200, 300) if status is None else (status,)
        assert self.status in expected, self
        return self.json

    def refused(self, status: int, code: str) -> Problem:
        """The problem document of a refusal, after a look at its form."""
        assert self.status == status, self
        assert self.headers["content-type"] == "application/problem+json", self
        problem: Problem = self.json
        assert problem["code"] == code, self
        assert problem["status"] == status, self
        assert problem["type"] == f"/docs#problem-{code}", self
        assert problem["title"], self
        assert problem["detail"].endswith("."), self
        assert b"Traceback" not in self.body, self
        return problem

    def __str__(self) -> str:
        return f"{self.status} {self.body.decode(errors='replace')}"


class Api:
    """Somebody who calls a server: with a token, a key, or as nobody."""

    def __init__(self, pool: urllib3.HTTPConnectionPool, token: str | None = None) -> None:
        self._pool = pool
        self.token = token

    def holding(self, token: str | None) -> "Api":
        """The same server, called by the holder of another token."""
        return Api(self._pool, token)

    def get(self, path: str, **query: object) -> Answer:
        fields = {name: str(value) for name, value in query.items()}
        return self.send("GET", f"{path}?{urlencode(fields)}" if fields else path)

    def post(self, path: str, body: Json = None, *, key: str | None = None) -> Answer:
        return self.call("POST", path, body, key=key)

    def patch(self, path: str, body: Json, *, key: str | None = None) -> Answer:
        return self.call("PATCH", path, body, key=key)

    def delete(self, path: str, body: Json = None, *, key: str | None = None) -> Answer:
        return self.call("DELETE", path, body, key=key)

    def call(self, method: str, path: str, body: Json = None, *, key: str | None = None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        if body is None:
            return self.send(method, path, headers=headers)
        return self.send(method, path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A request as it is, whether or not it makes sense."""
        whole = dict(headers or {})
        if self.token is not None:
            whole.setdefault("Authorization", f"Bearer {self.token}")
        response = self._pool.urlopen(method, path, body=body, headers=whole, retries=False, redirect=False)
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, found, response.data)


def pool(port: int) -> urllib3.HTTPConnectionPool:
    """Connections to a server on this machine, kept for the next requests."""
    return urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=64, timeout=TIMEOUT_S)
