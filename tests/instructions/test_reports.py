"""Reports of issues write no files, have bounds, and say where they came from."""

import base64
import json
import time
from pathlib import Path
from typing import Any

from tests.instructions.desk import PATH, Desk
from tests.instructions.watch import JSON, NOTHING, Watch
from tests.server import Server

REST_S = 0.4
"""An address may send a few reports a second."""
WRONG: list[Any] = [NOTHING, None, "text", 5, [], True]
ODD: list[Any] = [{}, {"log": 5, "email": [], "name": {}}, {"log": "%%%"}, {"email": "\u001b[31m"}]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_reports_write_no_files(quick_server: Server) -> None:
    desk = Desk.new(quick_server)
    before, around = files(quick_server.folder), files(quick_server.folder.parent)
    tricks = ["../../../tmp/x", "/etc/passwd", "..\\..\\x", "a\u0000b", "\u202e", "x" * 10_000]
    for trick in tricks:
        issue = {
            "name": trick,
            "email": trick,
            "log": trick,
            "details": trick,
            "timestamp": trick,
            "remote_addr": trick,
        }
        found = desk.report(**issue)
        assert found["source"] == "127.0.0.1"
        assert found["contact"].isprintable()
        assert len(found["contact"]) <= 254
        assert "/" not in found["issue"]
    body = json.dumps(desk.body("IssueReport", issue={"email": "x"})).encode()
    answer = quick_server.nobody.send("POST", PATH, body, {**JSON, "X-Forwarded-For": "../../x, 6.6.6.6"})
    assert answer.json["source"] == "127.0.0.1"
    assert files(quick_server.folder) == before
    assert files(quick_server.folder.parent) == around


def test_reports_have_bounds(quick: Desk) -> None:
    watch = Watch(quick)
    log = base64.b64encode(b"x" * 70_000).decode()
    time.sleep(3 * REST_S)
    watch.label("IssueReport", "body_too_large", issue={"email": "c@ex.org", "log": log})
    watch.label("IssueReport", "body_too_large", issue={"email": "c@ex.org", "details": ["x" * 17_000]})
    watch.label("IssueReport", "body_too_large", issue={"email": "c@ex.org", "log": log * 20})
    for issue in WRONG:
        time.sleep(REST_S)
        watch.label("IssueReport", "invalid_instruction", issue=issue)
    watch.end()
    for issue in ODD:
        found = quick.report(**issue)
        assert isinstance(found["contact"], str)
        assert isinstance(found["source"], str)
