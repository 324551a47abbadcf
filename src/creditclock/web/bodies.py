"""Bodies: how long one may be, and how much of all that have begun is held (design section 7)."""

from typing import Final

BODY_BYTES: Final = 1_048_576
"""The longest body."""
