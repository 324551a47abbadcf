"""What a server says to its database: every statement with its values, and the businesses that it is bound to.

PostgreSQL logs them. SQLite tells them to a callback, which the server's processes set when they connect: `TRACER` is
found by Python before the program starts.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from creditclock.storage.schema import metadata
from tests.conftest import Servers
from tests.server import Server

TRACER = """
import os
import sqlite3

_connect = sqlite3.connect
_file = os.open(os.environ["TRACED_STATEMENTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def connect(*arguments, **named):
    connection = _connect(*arguments, **named)
    connection.set_trace_callback(lambda text: os.write(_file, " ".join(text.splitlines()).encode() + b"\\n"))
    return connection


sqlite3.connect = connect
"""
TENANTS = frozenset(table.name for table in metadata.sorted_tables if "master_id" in table.columns)
_EXECUTED = re.compile(r" LOG:  (?:execute [^:]*|statement): (.*)", re.DOTALL)
_DETAIL = re.compile(r" DETAIL:  Parameters: (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'", re.DOTALL)
_SOURCES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+((?:\w+(?:\s+AS\s+\w+)?\s*,\s*)*\w+(?:\s+AS\s+\w+)?)")
_NUMBERS = re.compile(r"'\{?\d+(?:,\d+)*\}?'")
_BOUND = re.compile(r"\b(?:(\w+)\.)?master_id (?:= ANY\(|= |IN \()([\d', {}]+)")
_BULK = re.compile(r"\b(?:json_each|unnest)\(('(?:[^']|'')*')")


def recorded(servers: Servers, kind: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[Server, Path]:
    """A server whose statements are written down, and where."""
    server = servers.made(kind)
    if kind == "postgresql":
        name = urlsplit(server.database).path.removeprefix("/")
        with psycopg.connect(servers.postgres.url(), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} SET log_statement = 'all'".encode())
        return server, servers.postgres.folder / "log"
    (folder / "sitecustomize.py").write_text(TRACER)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("TRACED_STATEMENTS", str(folder / "statements"))
    return server, folder / "statements"


def logged(log: str) -> Iterator[str]:
    """The statements in a log of PostgreSQL, with their values in place."""
    waiting: str | None = None
    for entry in re.split(r"\n(?!\t)", log):
        if found := _DETAIL.search(entry):
            values = dict(_PARAMETER.findall(found[1]))
            if waiting is not None:
                yield re.sub(r"\$(\d+)", lambda place, values=values: values.get(place[1], place[0]), waiting)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        found = _EXECUTED.search(entry)
        waiting = " ".join(found[1].split()) if found else None
    if waiting is not None:
        yield waiting


def tables_of(statement: str) -> list[tuple[str, str]]:
    """The tables of businesses that a statement reads or writes, each with its name there."""
    found: list[tuple[str, str]] = []
    for sources in _SOURCES.findall(_TEXT.sub("''", statement)):
        for source in sources.split(","):
            words = source.split()
            if words and words[0] in TENANTS:
                found.append((words[0], words[-1]))
    return found


def masters_of(statement: str) -> set[int] | None:
    """The businesses that every table of a statement is bound to; None if one isn't bound to any."""
    plain = _TEXT.sub(lambda text: text[0] if _NUMBERS.fullmatch(text[0]) else "''", statement)
    if plain.startswith("INSERT INTO") and "VALUES" in plain:
        return {int(number) for number in re.findall(r"\((\d+),", plain.partition("VALUES")[2])}
    if bulk := _BULK.search(statement):
        return _of_bulk(bulk[1][1:-1])
    bound = {name: set[int]() for _, name in tables_of(statement)}
    for name, value in _BOUND.findall(plain):
        for alias in [name] if name else list(bound):
            bound.setdefault(alias, set()).update(int(number) for number in re.findall(r"\d+", value))
    pairs = re.findall(r"\b(\w+)\.master_id = (\w+)\.master_id", plain)
    for _ in pairs:
        for one, other in pairs:
            both = bound.get(one, set()) | bound.get(other, set())
            bound[one], bound[other] = both, both
    if not all(bound.values()):
        return None
    return set[int]().union(*bound.values())


def _of_bulk(keys: str) -> set[int]:
    """The first of each key: keys travel as JSON, or as an array for each column."""
    if keys.startswith("{"):
        return {int(number) for number in keys.strip("{}").split(",")}
    found: list[Any] = json.loads(keys.replace("''", "'"))
    return {int(str(key).strip("[]").partition(",")[0]) for key in found}


def shape_of(statement: str) -> str:
    """A statement without its values."""
    return " ".join(re.sub(r"\b\d+\b", "?", _TEXT.sub("?", statement)).split())
