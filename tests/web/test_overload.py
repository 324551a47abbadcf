"""Far more load than the server can carry: what it promises it keeps, and the books are right afterwards."""

import pytest

from bench import overload


@pytest.mark.timeout(600)
def test_promises_are_kept_under_a_flood(capsys: pytest.CaptureFixture[str]) -> None:
    """On both databases; latencies may be those of a machine that does other things as well."""
    status = overload.main(["--seconds", "8", "--connections", "300", "--lenient", "10"])
    assert status == 0, capsys.readouterr().out
