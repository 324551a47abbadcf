"""The first five minutes, done as the pages say, from nothing."""

from itertools import count
from pathlib import Path

import pytest

from tests.docs.reader import Reader, finds_true

START = Path(__file__).parents[2] / "docs" / "start"


@pytest.mark.parametrize("page", ["command-line", "curl", "python"])
def test_the_first_five_minutes_are_as_they_are_told(page: str, tmp_path: Path) -> None:
    tries = count()

    def is_true() -> None:
        folder = tmp_path / str(next(tries))
        folder.mkdir()
        with Reader(folder) as reader:
            reader.reads(START / f"{page}.md")

    finds_true(page, is_true)
