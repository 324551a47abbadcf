"""What instructions raise beside the problems of `creditclock.client`."""

from creditclock.client.errors import Problem


class InstructionRefused(Problem):
    """An instruction that wasn't carried out.

    `label` names it, `message` is a sentence for people, and `code` never changes its meaning: `not_logged_in`,
    `insufficient_credits`, … It is `refused` where the server gave none.
    """

    def __init__(self, label: str, message: str, code: str) -> None:
        super().__init__(code, message, status=200)
        self.args = (label, message, code)
        self.label = label

    @property
    def message(self) -> str:
        """The sentence for people; the same as `detail`."""
        return self.detail
