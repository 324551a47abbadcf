"""Deeds: what clients asked for, what they were told, and what must be true of it afterwards."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import urllib3

from tests.api import Answer, Api, Json

UNSURE = frozenset({429, 500, 502, 503})
"""Answers that leave open what happened, or say that nothing did: the same request is sent again."""


@dataclass
class Deed:
    """A request with a key of its own, and the answer that counts once there was one."""

    api: Api
    path: str
    body: Json
    key: str | None
    answer: Answer | None = None

    def ask(self) -> Answer | None:
        """Send it, for the first time or again; None without a sure answer."""
        try:
            answer = self.api.post(self.path, self.body, key=self.key)
        except urllib3.exceptions.HTTPError:
            return None
        return None if answer.status in UNSURE or _is_torn(answer) else answer


def _is_torn(answer: Answer) -> bool:
    """Whether it is the answer to a batch of which some operations didn't get a sure one."""
    if not answer.body.startswith(b'{"results"'):
        return False
    return any(result.get("problem", {}).get("status") in UNSURE for result in answer.json["results"])


def repeats(deed: Deed, again: Answer) -> bool:
    """Whether an answer to the repeated request is the first one, byte for byte.

    In the answer to a batch each result says that it is a repetition.
    """
    assert deed.answer
    if deed.key is None:
        return _results(again) == _results(deed.answer)
    return (again.status, again.body) == (deed.answer.status, deed.answer.body)


def _results(answer: Answer) -> list[Json]:
    found: list[Json] = answer.json["results"]
    return [{name: value for name, value in result.items() if name != "replayed"} for result in found]


def balances(deeds: list[Deed]) -> Counter[str]:
    """What each wallet must hold after the deeds whose answers are sure."""
    held: Counter[str] = Counter()
    for deed in deeds:
        for record in _records(deed):
            held[record["wallet"]] += record["amount"]
            if other := record.get("other"):
                held[other] -= record["amount"]
    return held


def _records(deed: Deed) -> Iterator[Json]:
    """The lines of wallets' statements that a deed wrote, each with its wallet."""
    if deed.answer is None or deed.answer.status >= 300:
        return
    answer = deed.answer.json
    results: list[Json] = [result.get("ok", {}) for result in answer["results"]] if "results" in answer else [answer]
    for result in results:
        if isinstance(result.get("wallet"), dict) and "record" in result and "amount" in result["record"]:
            record = result["record"]
            yield {"wallet": result["wallet"]["id"], "amount": record["amount"], "other": _wallet(record.get("other"))}


def _wallet(other: str | None) -> str | None:
    return other if other and other.startswith("wal_") else None


def shown(deed: Deed) -> str:
    """A deed as it is told when it broke a promise."""
    return f"{deed.path} {json.dumps(deed.body)[:200]} key {deed.key}: {str(deed.answer)[:400]}"
