"""What argparse gives to add commands to; its own name for it is private."""

import argparse
from typing import Any, Protocol


class Subparsers(Protocol):
    """A place for commands."""

    def add_parser(self, name: str, **options: Any) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own
        """Add one."""
        ...
