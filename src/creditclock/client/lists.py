"""Lists: all items of a list, page after page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, TypeVar

from creditclock.client.errors import UnexpectedAnswer
from creditclock.contract.pages import Page

Item = TypeVar("Item")


class Listing(Generic[Item]):
    """The items of a list, asked for while they are iterated over; each iteration begins anew.

    >>> for customer in client.customers.list(): ...            # doctest: +SKIP
    """

    def __init__(self, page: Callable[[str | None], Page[Item]]) -> None:
        self._page = page

    def page(self, cursor: str | None = None) -> Page[Item]:
        """One page: the first, or the one that `next` of another names."""
        return self._page(cursor)

    def pages(self) -> Iterator[Page[Item]]:
        """All pages."""
        cursor = None
        while True:
            page = self._page(cursor)
            yield page
            cursor = following(page, cursor)
            if cursor is None:
                return

    def __iter__(self) -> Iterator[Item]:
        """All items."""
        for page in self.pages():
            yield from page.items


class AsyncListing(Generic[Item]):
    """The items of a list, asked for while they are iterated over; each iteration begins anew.

    >>> async for customer in client.customers.list(): ...      # doctest: +SKIP
    """

    def __init__(self, page: Callable[[str | None], Awaitable[Page[Item]]]) -> None:
        self._page = page

    async def page(self, cursor: str | None = None) -> Page[Item]:
        """One page: the first, or the one that `next` of another names."""
        return await self._page(cursor)

    async def pages(self) -> AsyncIterator[Page[Item]]:
        """All pages."""
        cursor = None
        while True:
            page = await self._page(cursor)
            yield page
            cursor = following(page, cursor)
            if cursor is None:
                return

    async def __aiter__(self) -> AsyncIterator[Item]:
        """All items."""
        async for page in self.pages():
            for item in page.items:
                yield item


def following(page: Page[Item], cursor: str | None) -> str | None:
    """The cursor of the page after this one; None at the end."""
    if page.next is not None and page.next == cursor:
        raise UnexpectedAnswer("The list goes round in circles. Check the server's version.")
    return page.next
