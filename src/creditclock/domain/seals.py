"""Seals: the journal of a master as a chain of hashes, so that nobody changes what happened unseen (design section 5).

Each link is the SHA-256 of the link before, the row and the postings that its command wrote. The salt of a row stays
outside: it is deleted when a person is erased.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from creditclock.domain.rows import Journal, Posting, Seal

ORIGIN: Final = hashlib.sha256(b"creditclock journal 1").digest()
"""What the first row of a journal is linked to."""


def link(before: bytes, row: Journal, postings: Sequence[Posting]) -> bytes:
    """The hash of a row of the journal, its postings in order, and everything before.

    >>> row = Journal(1, 1, 0, 0, "wallet.top_up", "stf_1", "wal_1", "{}", "00", "salt")
    >>> link(ORIGIN, row, []) == link(ORIGIN, row._replace(salt=None), [])
    True
    >>> link(ORIGIN, row, []) == link(ORIGIN, row._replace(at=1), [])
    False
    """
    text = json.dumps([row._replace(salt=None), list(postings)], separators=(",", ":"))
    return hashlib.sha256(before + text.encode()).digest()


def statement(seal: Seal) -> bytes:
    """What the signature of a seal says."""
    return f"creditclock seal 1\n{seal.master}\n{seal.no}\n{seal.hash}\n{seal.posting}\n{seal.at}\n".encode()
