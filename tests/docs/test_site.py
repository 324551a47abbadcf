"""The site is made without a warning, and holds everything it shows."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import creditclock

ROOT = Path(__file__).parents[2]
DRAWINGS = sorted((ROOT / "docs" / "images").glob("*.svg"))


class Page(HTMLParser):
    """The ids of a page, its links, and the files it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.unnamed: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "a":
            self.links.add(given.get("href", ""))
        elif tag in {"img", "script", "source"} and "src" in given:
            self.loads.add(given["src"])
        elif tag == "link" and given.get("rel") in {"stylesheet", "icon"}:
            self.loads.add(given["href"])
        if tag == "img" and not given.get("alt"):
            self.unnamed.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    target = folder / "site"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html", "-d", folder / "trees"]
    done = subprocess.run(
        [*command, ROOT / "docs", target], check=False, cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert (done.returncode, done.stderr) == (0, "")
    return target


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_page_of_the_docs_is_there(site: Path) -> None:
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert written - {path.relative_to(site) for path in site.rglob("*.html")} == {Path("README.html")}


def test_everything_that_can_be_imported_is_explained() -> None:
    text = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    nouns = {path.stem for path in (Path(creditclock.__file__).parent / "client" / "nouns").glob("[a-z]*.py")}
    explained = set(re.findall(r"^\.\. auto\w+:: creditclock\.(\w+)$", text, re.MULTILINE))
    assert set(creditclock.__all__) - {"__version__"} == explained
    assert nouns - set(re.findall(r"creditclock\.client\.nouns\.(\w+)\.", text)) == set()


def test_links_of_the_site_lead_somewhere(pages: dict[Path, Page]) -> None:
    lost: list[str] = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or not link:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists() or (parts.fragment and target in pages and parts.fragment not in pages[target].ids):
                lost.append(f"{path.name}: {link}")
    assert lost == []


def test_the_site_loads_nothing_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    assert {
        name for page in pages.values() for name in page.loads if urlsplit(name).scheme or name.startswith("//")
    } == set()
    sheets = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)]*", sheets) == []


def test_pictures_have_a_text(pages: dict[Path, Page]) -> None:
    assert {path.name: page.unnamed for path, page in pages.items() if page.unnamed} == {}


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_drawings_are_for_light_and_dark_and_need_nothing_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "<title" in text
    assert not re.search(r"<script|<image|(?:href|src)=[\"'](?!#)", text)
    classes = set(re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]*)"', text))))
    assert classes <= set(re.findall(r"\.([a-z]+)", text))
