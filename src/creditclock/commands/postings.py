"""Postings: the only way in which value moves (design section 5)."""

from creditclock.commands.handling import Tx
from creditclock.domain import ledger
from creditclock.domain.rows import Account, Note, Posting
from creditclock.queries.source import sure


class Entry:
    """Postings that are one line of a statement; opened with the number of its first posting."""

    __slots__ = ("at", "id", "kind", "tx")

    def __init__(self, tx: Tx, kind: str, *, at: int | None = None, note: str | None = None) -> None:
        self.tx = tx
        self.kind = kind
        self.at = tx.now if at is None else at
        self.id = tx.new_id()
        if note is not None:
            tx.put(Note(tx.master, self.id, note))

    def post(self, debit: int, credit: int, amount: int, *, lot: int | None = None, session: int | None = None) -> None:
        """Move an amount between two accounts. Raises a Refusal below a floor or beyond the largest number."""
        tx = self.tx
        payer, payee = sure(tx, Account, debit), sure(tx, Account, credit)
        payer, payee = ledger.post(payer, payee, amount)
        for account in (payer, payee):
            if account.balance is not None:
                tx.put(account)
        tx.append(
            Posting(
                master=tx.master,
                id=tx.new_id(),
                entry=self.id,
                journal=tx.rows.next_journal,
                at=self.at,
                recorded_at=tx.recorded_at,
                kind=self.kind,
                unit=payer.unit,
                debit=debit,
                credit=credit,
                amount=amount,
                debit_balance=payer.balance,
                credit_balance=payee.balance,
                lot=lot,
                session=session,
            )
        )
