"""Server-sent events, as the HTML standard describes them: bytes in, messages out. Knows nothing of ours."""

import codecs
from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST: Final = 1_000_000
"""A line or message that is longer isn't one of an honest server."""


class Message(NamedTuple):
    """A message: its kind, its data (None if it only sets the id), and the last id that was told before its end."""

    event: str
    data: str | None
    id: str | None


class Parser:
    """Takes the pieces of a stream however they were cut, and gives the messages that are complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._is_first = True
        self._after_cr = False
        self._data: list[str] = []
        self._size = 0
        self._event = ""
        self._told_id = False
        self.id: str | None = None
        self.retry_ms: int | None = None

    def feed(self, piece: bytes) -> Iterator[Message]:
        """The messages that are complete with this piece. Raises ValueError if one is longer than `LONGEST`."""
        text = self._decoder.decode(piece)
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        for line in self._lines(text):
            if line:
                self._take(line)
                continue
            message = self._message()
            if message is not None:
                yield message

    def _lines(self, text: str) -> Iterator[str]:
        """Complete lines; LF, CR and CR LF end one, also when a CR LF was cut in two."""
        if self._after_cr and text:
            text = text.removeprefix("\n")
            self._after_cr = False
        text = self._rest + text
        begin = 0
        for at, character in enumerate(text):
            if at < begin or character not in "\r\n":
                continue
            yield text[begin:at]
            begin = at + 1
            if character == "\r":
                if begin == len(text):
                    self._after_cr = True
                elif text[begin] == "\n":
                    begin += 1
        self._rest = text[begin:]
        self._bound(len(self._rest))

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._size += len(value) + 1
                self._bound(self._size)
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self.id = value
                self._told_id = True
            case "retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)
            case _:
                pass  # a comment, or a field that isn't known yet

    def _message(self) -> Message | None:
        event, data, told_id = self._event or "message", self._data, self._told_id
        self._event, self._data, self._size, self._told_id = "", [], 0, False
        if not data and not told_id:
            return None
        return Message(event, "\n".join(data) if data else None, self.id)

    def _bound(self, size: int) -> None:
        if size > LONGEST:
            raise ValueError(f"A message of the stream is longer than {LONGEST} characters.")
