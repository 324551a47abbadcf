"""Logs: one line for each thing that happened, for people on a terminal and as JSON for machines.

Whatever is logged while a request is answered carries the request's id.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS, BaseJsonFormatter, LogData

from creditclock.contract import Operation
from creditclock.settings import Settings

QUIET: Final = ("alembic", "uvicorn", "asyncio")
"""Loggers of others, of which only warnings are of interest."""
_PLAIN: Final = re.compile(r"[\w.:/+\-{}]+\Z")
_SECRETS: Final = re.compile(r"(\bcc[tsp]_[0-9a-f]{7}_|\bwhsec_|\b[Bb]earer )[^\s\"']+|(://[^/\s:@\"]*:)[^\s\"@]+(?=@)")
"""A last net: what is logged shall hold no token, key or password, and this is what they look like."""
_STANDARD: Final = frozenset(RESERVED_ATTRS) | {"message", "asctime", "process_name"}


class Exchange:
    """A request that is being answered: what is known of it so far."""

    __slots__ = ("caller", "codes", "id", "ids", "operation", "size", "status", "streams")

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.operation: Operation | None = None
        self.ids: tuple[str, ...] = ()
        self.caller: str | None = None
        self.codes: list[str] = []
        self.status = 0
        self.size = 0
        self.streams = False


CURRENT: Final[ContextVar[Exchange | None]] = ContextVar("exchange", default=None)
"""The request that is being answered, on the event loop only."""


def request_id() -> str:
    """The id of the request that is being answered; empty if there is none."""
    exchange = CURRENT.get()
    return "" if exchange is None else exchange.id


def set_up(settings: Settings, process: str, stream: TextIO | None = None) -> None:
    """Send what is logged to `stream` (the standard error) in the form that the settings name.

    Does nothing where the program around this one has set up its own logging.
    """
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(stream or sys.stderr)
    chosen = settings.log_format
    if chosen == "auto":
        chosen = "text" if handler.stream.isatty() else "json"
    handler.setFormatter(TextLines() if chosen == "text" else JsonLines(process))
    handler.addFilter(_add_request)
    handler.addFilter(_is_no_interrupt)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel("WARNING")


class JsonLines(BaseJsonFormatter):
    """A JSON object per line: time, level, logger, process, message, then what else is known; an exception in it."""

    def __init__(self, process: str) -> None:
        super().__init__(
            ("asctime", "levelname", "name", "message"),
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "exception"},
            static_fields={"process": process},
        )

    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub(r"\1\2…", super().format(record))

    def serialize_log_record(self, log_data: LogData) -> str:
        return json.dumps(log_data, default=str)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - the library's name
        return _time(record)


class TextLines(logging.Formatter):
    """A line for people: what else is known follows as name=value; an exception is indented below it.

    Nothing that a stranger sends can look like a line of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname} {record.name}: {_one_line(record.getMessage())}"
        for name, value in record.__dict__.items():
            if name not in _STANDARD and value is not None:
                text = str(value)
                line += f" {name}={text if _PLAIN.match(text) else json.dumps(text)}"
        if record.exc_info:
            lines = self.formatException(record.exc_info).split("\n")
            line += "".join(f"\n    {_one_line(one)}" for one in lines)
        return _SECRETS.sub(r"\1\2…", line)


def _is_no_interrupt(record: logging.LogRecord) -> bool:
    """Whether a line tells of something else than Ctrl-C, which a library may note as an error and passes on."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, KeyboardInterrupt)


def _add_request(record: logging.LogRecord) -> bool:
    exchange = CURRENT.get()
    if exchange is not None and not hasattr(record, "request"):
        record.request = exchange.id
    return True


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _one_line(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
