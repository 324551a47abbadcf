"""Routes: from a method and a path to an operation and the ids in the path."""

from typing import Final, NamedTuple

from creditclock.contract import OPERATIONS, Operation, Refusal


class Route(NamedTuple):
    """An operation, and the ids that its path holds."""

    operation: Operation
    ids: tuple[str, ...]


class _Node:
    """A segment of paths: what may follow it, and the operations that end here by method."""

    __slots__ = ("any", "here", "named")

    def __init__(self) -> None:
        self.named: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.here: dict[str, Operation] = {}


def _grow() -> _Node:
    root = _Node()
    for operation in OPERATIONS.values():
        node = root
        for segment in operation.path.split("/")[1:]:
            if segment.startswith("{"):
                node.any = node = node.any or _Node()
            else:
                node = node.named.setdefault(segment, _Node())
        assert operation.method not in node.here, operation.path
        node.here[operation.method] = operation
    return root


_ROOT: Final = _grow()


def route_of(method: str, path: str) -> Route:
    """The operation at a path. Raises a Refusal `not_found`, or `method_not_allowed` with those that are."""
    node = _ROOT
    ids: list[str] = []
    for segment in path.split("/")[1:]:
        following = node.named.get(segment)
        if following is None:
            following = node.any if segment else None
            ids.append(segment)
        if following is None:
            raise Refusal("not_found", "There is nothing at this address. See /docs.")
        node = following
    operation = node.here.get(method)
    if operation is None:
        if not node.here:
            raise Refusal("not_found", "There is nothing at this address. See /docs.")
        allowed = ", ".join(sorted(node.here))
        raise Refusal("method_not_allowed", f"Use {allowed} here. See /docs.", allowed=allowed)
    return Route(operation, tuple(ids))
