"""What is generated is up to date, and the links of the documentation lead somewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from creditclock.contract import OPERATIONS, TITLES
from creditclock.settings import PREFIX, Settings
from creditclock.web.reference_page import page
from tools.generate import FILES

ROOT = Path(__file__).parents[2]
WRITTEN = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


class Reader(HTMLParser):
    """Collects the anchors and the links of a page, and what comes from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: set[str] = set()
        self.assets: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if anchor := given.get("id"):
            self.anchors.append(anchor)
        if tag == "a":
            self.links.add(given["href"] or "")
        elif "href" in given or "src" in given:
            self.assets.add(given.get("href") or given.get("src") or "")
        assert not {"style", "onclick"} & set(given)


@pytest.fixture(scope="module")
def read() -> Reader:
    reader = Reader()
    reader.feed(page())
    return reader


@pytest.mark.parametrize("name", [name for name in FILES if name != "THIRD_PARTY.md"])
def test_generated_files_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == FILES[name](), "run `make docs`"


def test_reference_page_has_an_anchor_for_everything(read: Reader) -> None:
    assert len(set(read.anchors)) == len(read.anchors)
    assert {re.sub(r"[._]", "-", name) for name in OPERATIONS} <= set(read.anchors)
    assert {f"problem-{code}" for code in TITLES} <= set(read.anchors)


def test_links_of_the_reference_page_lead_somewhere(read: Reader) -> None:
    assert {link for link in read.links if link[1:] not in read.anchors} == {"/openapi.json"}


def test_reference_page_loads_nothing_from_elsewhere(read: Reader) -> None:
    assert read.assets == {"/static/reference.css"}
    assert not read.tags & {"script", "style", "img", "iframe"}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_are_there(path: Path) -> None:
    named = re.findall(r"`((?:deploy|docs|examples|src|tests|tools)/[\w./-]+)`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_is_in_the_contents() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")]
    listed = [str(page) for page in pages if page.name not in {"README", "index"} and page.parts[0] != "decisions"]
    assert [page for page in listed if f"\n{page}\n" not in text or f"({page}.md)" not in contents] == []


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "guide" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in Settings.__struct_fields__ if f"| `{name}` | `{PREFIX}{name.upper()}` |" not in text] == []


def anchors(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_security_page_names_tests_that_there_are() -> None:
    named = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", (ROOT / "docs/security.md").read_text())
    assert named
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"
