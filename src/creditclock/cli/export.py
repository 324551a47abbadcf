"""`creditclock customer export`: everything that is kept of a customer, as one JSON document."""

import argparse
import itertools
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from creditclock.cli.login import connect
from creditclock.cli.progress import Progress
from creditclock.contract.customers import Exported

NAME: Final = "customer.export"
_PAGE: Final = 1_000
_SAME: Final = frozenset({"journal"})
"""Kinds whose plural is the word itself."""


def export(given: dict[str, Any], arguments: argparse.Namespace) -> int:
    """Print the document while its pages come, so that a long history needs no memory."""
    with connect(arguments) as client, Progress(is_quiet=arguments.quiet) as tell:
        listing = client.customers.export(given["customer"], limit=_PAGE)
        out = sys.stdout
        number = 0
        # Nothing is written before the first page is there: a document that was refused shall not look begun.
        separator = "{"
        for kind, items in itertools.groupby(_gathered(iter(listing)), key=lambda item: item.kind):
            name = kind if kind in _SAME else f"{kind}s"
            out.write(f"{separator}\n{msgspec.json.encode(name).decode()}: [")
            for place, item in enumerate(items):
                out.write(f"{',' if place else ''}\n  {msgspec.json.encode(item.data).decode()}")
                number += 1
                tell("Exporting", number)
            out.write("\n]")
            separator = ","
        out.write("{}\n" if separator == "{" else "\n}\n")
        out.flush()
    return 0


def _gathered(items: Iterator[Exported]) -> Iterator[Exported]:
    """The same items with the lots, which come among the postings that made them, after all postings."""
    lots: list[Exported] = []
    for item in items:
        if item.kind == "lot":
            lots.append(item)
            continue
        if lots and item.kind != "posting":
            yield from lots
            lots = []
        yield item
    yield from lots
