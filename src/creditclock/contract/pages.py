"""Pages: how lists are answered (design section 6)."""

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A part of a list; `next` is the `cursor` of the following part, null at the end."""

    items: list[Item]
    next: Annotated[str, Meta(description="Give this as `cursor` to get the next page.")] | None = None
