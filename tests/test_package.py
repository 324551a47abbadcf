import subprocess
import sys
from importlib.metadata import version

import creditclock


def test_version_is_single_sourced() -> None:
    assert version("creditclock") == creditclock.__version__


def test_base_install_needs_no_server() -> None:
    """The client library and the command line must work where only the base dependencies are installed."""
    program = "import sys, creditclock.client, creditclock.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"alembic", "argon2", "jinja2", "psycopg", "sqlalchemy", "starlette", "uvicorn"})
