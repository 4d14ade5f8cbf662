"""Prove what is no history: who may do what, secrets, the edition, and texts of the ledger, against what was witnessed of them."""

from collections.abc import Iterator

from django.db import connection

from ocsportal.transactions.bound import FORMS
from ocsportal.transactions.finding import Finding, ask
from ocsportal.transactions.triggers import erasing, forms, sealing
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.whose import customer_of
from ocsportal.transactions.triggers.witnesses import TABLE, WITNESSED, Witnessed

EDITION = "transactions_edition"
RIGHTS = "find out who wrote here; look over who may do what in the portal, and set it right there, which is recorded"
ASK = "ask the database's user, whom the row names; the portal is where rights and passwords are changed"
FORGET = (
    "start all processes of the portal anew, so that none goes on with what it remembers, and find out who wrote here"
)


def witness_findings() -> Iterator[Finding]:
    """Yield where what stands is not what its newest witness says, and what was changed outside of the portal."""
    for each in WITNESSED:
        remedy = FORGET if each.table == EDITION else RIGHTS
        yield from ask(each.table, "row that is not as its newest witness says", _differing(each), remedy)
    border = forms.border(forms.recorded(connection).get(TABLE, []))
    if border is None:
        yield Finding(TABLE, "nothing sound says which are from before there were witnesses", 1, ("unknown",), FORMS)
        return
    # An edition is drawn by a trigger, whoever changes what it watches.
    for each in WITNESSED:
        if each.table != EDITION:
            yield from ask(
                each.table,
                "change without a Business Transaction: written outside of the portal",
                f"SELECT id FROM {TABLE} WHERE \"table\" = '{each.table}' AND transaction_id IS NULL AND id > {border}",
                ASK,
            )
    yield from ask(
        EDITION,
        "edition that was set back",
        f"SELECT max(id) FROM {TABLE} WHERE \"table\" = '{EDITION}' AND kind <> '-' GROUP BY content HAVING count(*) > 1",
        FORGET,
    )


def _differing(each: Witnessed) -> str:
    """Return the query for the rows of a table that came, changed or went without a witness."""
    newest = (
        f'SELECT w."row" AS key, w.content FROM {TABLE} w JOIN (SELECT max(id) AS id FROM {TABLE} '
        f"WHERE \"table\" = '{each.table}' GROUP BY \"row\") n ON n.id = w.id WHERE w.kind <> '-'"
    )
    stands = f"SELECT {each.row('t')} AS key, {each.what(connection.vendor, 't')} AS content FROM {each.table} t"
    # By sets, since a join would be planned by statistics that a new table has not.
    return (
        f"WITH newest AS ({newest}), standing AS ({stands}) "
        "SELECT key FROM (SELECT key, content FROM standing EXCEPT SELECT key, content FROM newest) came "
        "UNION SELECT key FROM (SELECT key, content FROM newest EXCEPT SELECT key, content FROM standing) gone"
    )


def texts_findings() -> Iterator[Finding]:
    """Yield the rows beside the histories whose text is not the one that was bound; where the salt is gone, erasure took it."""
    speak = dialect(connection)
    for table, column, label in sealing.texts():
        digest = speak.sha256(f"salt || {column}")
        yield from ask(
            table,
            f"row whose {column} was altered",
            f'SELECT id FROM "{table}" WHERE {column}_digest IS NOT NULL AND salt IS NOT NULL '
            f"AND ({speak.differs(f'{column}_digest', digest)})",
        )
        yield from ask(
            table,
            f"row whose {column} was taken out, and no erasure says so",
            f'SELECT t.id FROM "{table}" t WHERE t.{column}_digest IS NOT NULL AND t.salt IS NULL '
            f"AND (t.{column} <> '' OR NOT EXISTS (SELECT 1 FROM {erasing.ERASURES} e WHERE e.customer_id = {_whose(label)}))",
        )


def _whose(label: str) -> str:
    whose = customer_of(label)
    return whose("t") if whose else "NULL"
