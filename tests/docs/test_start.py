"""The first five minutes, done as the pages say, from nothing."""

from pathlib import Path

import pytest

from tests.docs.reader import Reader

START = Path(__file__).parents[2] / "docs" / "start"


@pytest.mark.parametrize("page", ["command-line", "curl", "python"])
def test_the_first_five_minutes_are_as_they_are_told(page: str, tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        reader.reads(START / f"{page}.md")
