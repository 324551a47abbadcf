"""Values that a field didn't expect, as the bytes that stand for them in JSON, whether or not they are JSON at all."""

import json
from collections.abc import Iterable

import msgspec
from hypothesis import strategies as st

from tests.api import Json

NUMBERS = (
    *(b"0", b"-0", b"-1", b"1.0", b"1e0", b"1.5", b"1e400", b"-1e400", b"5e-324", b"0.1e1", b"NaN", b"-Infinity"),
    *(str(sign * 2**power + off).encode() for power in (31, 32, 53, 63, 64) for off in (-1, 0, 1) for sign in (1, -1)),
    *(b"1" + b"0" * 400, b"1" + b"0" * 5_000, b"01", b"0x10", b"1_000", b"+1", b".5", b"1."),
)
TEXTS = (
    *(b'""', b'"\\u0000"', b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\xf5\x80\x80\x80"'),
    *(b'"\xff\xfe"', b'"a\nb"', b'"\\x41"', b'"\\u12"', b'"unended', b"'single'", b'"\xef\xbb\xbf"', b'"\\u202e"'),
    *(b'"' + b"a" * 300 + b'"', b'"' + b"\\u0061" * 20_000 + b'"', b'"' + "🕐".encode() * 1_000 + b'"'),
    *(
        b'"wal_0000000000000000000"',
        b'"mas_0000000000000000000"',
        b'"2026-02-30T25:61:61Z"',
        b'"9999-12-31T23:59:59.999Z"',
    ),
    *(json.dumps(text).encode() for text in ("'; DROP TABLE wallet; --", "%s %(a)s ?", "../../etc/passwd", "{{7*7}}")),
)
SHAPES = (
    *(b"null", b"true", b"[]", b"{}", b"[null]", b'{"a": 1, "a": 2}', b"[" * 1_000 + b"]" * 1_000, b"[" * 100_000),
    *(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[" + b"0," * 20_000 + b"0]", b"", b",", b"}", b'1, "amount": 2'),
)


def hostile(annotation: object) -> st.SearchStrategy[bytes]:
    """Values for a field of a type: around its bounds, of other types, and beyond any."""
    schema: Json = msgspec.json.schema(annotation)  # pyright: ignore[reportArgumentType] - an annotation
    known = st.sampled_from([*NUMBERS, *TEXTS, *SHAPES, *_bounds(schema.get("anyOf", [schema]))])
    made = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )
    return known | made.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20)


def _bounds(options: Iterable[Json]) -> Iterable[bytes]:
    for option in options:
        for name in ("minimum", "maximum"):
            if name in option:
                yield from (str(option[name] + off).encode() for off in (-1, 0, 1))
        for name in ("minLength", "maxLength"):
            if name in option:
                yield from (json.dumps("é" * max(0, option[name] + off)).encode() for off in (-1, 0, 1))
        for value in option.get("enum", ()):
            yield json.dumps(value).encode()


def body_with(said: dict[str, Json], name: str, value: bytes) -> bytes:
    """An object that says all that, and one more thing as these bytes."""
    parts = [f"{json.dumps(key)}: {json.dumps(part)}".encode() for key, part in said.items() if key != name]
    return b"{" + b", ".join([*parts, json.dumps(name).encode() + b": " + value]) + b"}"
