"""The parser of server-sent events, however the bytes are cut and whatever ends their lines."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.client.sse import LONGEST, Message, Parser

TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=12)
MESSAGES = st.lists(st.builds(Message, TEXT.filter(bool), st.lists(TEXT, min_size=1).map("\n".join), TEXT), max_size=6)


def parsed(data: bytes, cuts: list[int] | None = None) -> list[Message]:
    parser = Parser()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]
    pieces = [data[begin:end] for begin, end in itertools.pairwise(edges)]
    return [message for piece in pieces for message in parser.feed(piece)]


@given(MESSAGES, st.sampled_from(["\n", "\r", "\r\n"]), st.lists(st.integers(0, 10_000)), st.booleans())
def test_any_stream_is_read_the_same_however_it_is_cut(
    messages: list[Message],
    end: str,
    cuts: list[int],
    bom: bool,  # noqa: FBT001 - one more thing that may vary
) -> None:
    lines = ["﻿:begin" if bom else ":begin"]
    for message in messages:
        assert message.data is not None
        lines += [f"event: {message.event}", f"id: {message.id}"]
        lines += [f"data: {line}" for line in message.data.split("\n")] + [""]
    data = (end.join(lines) + end).encode()
    assert parsed(data, cuts) == messages


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_no_bytes_make_it_stumble(data: bytes, cuts: list[int]) -> None:
    assert parsed(data, cuts) == parsed(data)


@pytest.mark.parametrize(
    ("stream", "messages"),
    [
        (b"data: a\n\n", [Message("message", "a", None)]),
        (b"data:a\ndata:  b\ndata\n\n", [Message("message", "a\n b\n", None)]),
        (b"id: 1\n\ndata: x\n\n", [Message("message", None, "1"), Message("message", "x", "1")]),
        (b"event: gone\n\ndata: x\n\n", [Message("message", "x", None)]),
        (b": heartbeat\n\n:\n\nretry: 2000\n\n", []),
        (b"data: unfinished\n", []),
        (b"id: a\0b\ndata: x\n\n", [Message("message", "x", None)]),
        (b"unknown: y\ndata: \xff\n\n", [Message("message", "�", None)]),
    ],
)
def test_the_standards_corners(stream: bytes, messages: list[Message]) -> None:
    assert parsed(stream) == messages


def test_retry_is_known_and_nonsense_is_not() -> None:
    parser = Parser()
    list(parser.feed(b"retry: 2000\nretry: soon\nretry: -1\n"))
    assert parser.retry_ms == 2_000


def test_what_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        parsed(b"data: " + b"x" * (LONGEST + 1))
    with pytest.raises(ValueError, match="longer"):
        parsed(b"data: " + b"\ndata: ".join([b"x" * 1_000] * 1_001))
