"""Batches: several operations in one request, each on its own."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from creditclock.contract.operation import Command, operation

MOST_OPERATIONS: Final = 1_000
MOST_PASSWORDS: Final = 50
"""How many operations of a batch may bring a password: hashing one is slow on purpose."""

Entry = Annotated[
    dict[str, Any],
    Meta(
        description="`op` names an operation of this API; beside it stand all its fields, those of its path too.",
        extra_json_schema={
            "properties": {
                "op": {"type": "string", "description": "The operation, such as `wallet.pay`."},
                "key": {
                    "anyOf": [
                        {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
                        {"type": "null"},
                    ],
                    "default": None,
                    "description": "The operation's idempotency key, the same as the header of a request of its own.",
                },
            },
            "required": ["op"],
            "additionalProperties": True,
        },
    ),
]
Entries = Annotated[
    list[Entry],
    Meta(
        min_length=1,
        max_length=MOST_OPERATIONS,
        description="What to do, in this order: 1 to 1 000 objects, each with `op`, the name of an operation, with all "
        "its fields, those of its path too, and maybe with `key`, its idempotency key.",
    ),
]


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one operation: `ok` or `problem`."""

    ok: (
        Annotated[dict[str, Any], Meta(description="The operation's answer.", extra_json_schema={"properties": {}})]
        | UnsetType
    ) = UNSET
    problem: (
        Annotated[
            dict[str, Any],
            Meta(
                description="The problem document of one that was refused.",
                extra_json_schema={"$ref": "#/components/schemas/Problem"},
            ),
        ]
        | UnsetType
    ) = UNSET
    replayed: Annotated[bool, Meta(description="Whether this was answered before, to the same key.")] = False


class BatchResults(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a batch: one result for each operation, in their order."""

    results: list[BatchResult]


@operation(
    "batch.run",
    "POST /v1/batch",
    by=("operator", "owner", "manager", "seller", "customer", "program", "secret"),
    journaled=False,
)
class RunBatch(Command[BatchResults], frozen=True, kw_only=True):
    """Carry out several operations in one request.

    They are carried out in their order, each on its own: one that is refused doesn't stop the others. Each needs the
    caller's right to do it, and has its own idempotency key; with the header, those that have none get a key made from
    it and their place, so that the whole batch can be sent again. Reads see what came before them.

    Only the problem `busy` stops a batch: then that operation and all after it were not carried out. Send them again.
    Signing in, the test clock, what never ends, and batches can't stand in a batch; at most 50 may bring a password.
    """

    operations: Entries
