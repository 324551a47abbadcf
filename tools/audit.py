"""Asks an advisory service about every locked package. `make audit` runs it.

It exits with 1 if a vulnerability is known or a licence is refused. Where no service answers it says so and exits with
0: then nothing is known, which is not the same as "nothing is wrong".
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tools.licences import LicenceError, third_party

FOLDER = Path("build")
UV = ".venv/tools/bin/uv"
EXTRAS = ("server", "postgres", "seat", "dev")
SERVICES = ("pypi", "osv")
PATIENCE_S = 300


class Found(NamedTuple):
    """What a service says: packages it knows, packages it doesn't, and vulnerabilities in words."""

    known: int
    unknown: list[str]
    vulnerable: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    _parser().parse_args(arguments)
    try:
        third_party()
    except LicenceError as error:
        print(error, file=sys.stderr)
        return 1
    print("Licences: none is refused (the list is THIRD_PARTY.md).")
    requirements = _requirements()
    for service in SERVICES:
        found = _ask(service, requirements)
        if found is not None and found.known:
            return _say(service, found)
        if found is not None:
            print(f"{service} knows none of the {len(found.unknown)} packages.", file=sys.stderr)
    print(f"Vulnerabilities: NOT CHECKED. No advisory service answered ({', '.join(SERVICES)}). Run it where one can.")
    return 0


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__)


def _say(service: str, found: Found) -> int:
    print(f"Vulnerabilities: {len(found.vulnerable)} known in {found.known} packages, says {service}.")
    for line in found.vulnerable:
        print(f"  {line}")
    if found.unknown:
        print(f"  not checked, the service doesn't know them: {', '.join(found.unknown)}")
    return 1 if found.vulnerable else 0


def _requirements() -> Path:
    """The locked set as a file with hashes."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "audit-requirements.txt"
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    command = [UV, "export", "--frozen", "--quiet", "--no-emit-project", *extras, "--output-file", str(path)]
    subprocess.run([*command, "--format", "requirements-txt"], check=True)  # noqa: S603 - our own arguments
    return path


def _ask(service: str, requirements: Path) -> Found | None:
    """What a service says of the packages; None if it doesn't answer."""
    told = FOLDER / f"audit-{service}.json"
    told.unlink(missing_ok=True)
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), *options]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*command, "--vulnerability-service", service, "--output", str(told)],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        print(f"{service} did not answer in {PATIENCE_S} s.", file=sys.stderr)
        return None
    if not told.exists():
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"{service} could not be asked: {last[:200]}", file=sys.stderr)
        return None
    return _read(json.loads(told.read_text(encoding="utf-8"))["dependencies"])


def _read(packages: list[dict[str, Any]]) -> Found:
    known = [package for package in packages if "skip_reason" not in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {flaw['id']} (fixed: {' or '.join(flaw['fix_versions']) or 'no'})"
        for package in known
        for flaw in package["vulns"]
    ]
    unknown = sorted({package["name"] for package in packages if "skip_reason" in package})
    return Found(len(known), unknown, vulnerable)


if __name__ == "__main__":
    sys.exit(main())
