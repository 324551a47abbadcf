"""The values of the instruction set: given as numbers or as text, answered as real numbers.

Credits and ids are integers, minutes are numbers with a decimal point, dates are `DD-MM-YYYY HH:MM:SS` in UTC.
"""

from typing import Annotated, Final

from msgspec import Meta

from creditclock.contract.values import MAX

MOST_TEXT: Final = 200
Credits = Annotated[int, Meta(ge=1, le=MAX // 10_000, description="Whole credits, at least 1.")]
Minutes = Annotated[float, Meta(ge=0, le=MAX / 60_000, description="Minutes; whole ones are converted.")]
Number = Annotated[int, Meta(ge=0, le=MAX, description="The number of a thing, as answered before.")]
Text = Annotated[
    str,
    Meta(max_length=MOST_TEXT, pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]*\Z", description="A text on one line."),
]
Notes = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]*\Z",
        description="A text, up to 500 characters.",
    ),
]
Mail = Annotated[
    str,
    Meta(max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]*\Z", description="An e-mail address, the login of its owner."),
]
Secret = Annotated[str, Meta(max_length=200, description="A password or key code as typed.")]
Label = Annotated[str, Meta(max_length=100, description="A client id or session token.")]
Cost = Annotated[float, Meta(ge=0, le=1_000_000_000_000, description="What was paid, in the named currency.")]
Date = Annotated[str, Meta(pattern=r"^\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}\Z", description="UTC, DD-MM-YYYY HH:MM:SS.")]
