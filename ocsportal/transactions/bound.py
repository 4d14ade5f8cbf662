"""Prove the Business Transactions: their digests, texts, MACs, and that exactly the rows which they wrote stand under them."""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connection
from django.db.models import Q

from ocsportal.transactions import macs
from ocsportal.transactions.finding import COMPARE, Finding, ask, collect
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.triggers import erased, forms
from ocsportal.transactions.triggers.generated import TRANSACTIONS, dialect

FORMS = "bring its row in transactions_sealedform back from a backup; until then nothing says which rows have no MAC"
UNSIGNED = (
    "if it is of a process that went on in the version from before while the database was migrated, start such processes anew and "
    "keep this list; else somebody put it in: compare with a backup, and take back what it did by an operation"
)
NO_KEY = "put the key of that number into AUDIT_KEY beside the present one"
CHUNK = 5_000


def fresh(key: str, after: int) -> str:
    """Return the condition that a Business Transaction, by its key, was not proven with the positions up to `after`.

    What names none counts as not proven.
    """
    if not after:
        return "TRUE"
    later = (
        f"SELECT transaction_id FROM transactions_journalentry WHERE position > {after} "
        "UNION ALL SELECT transaction_id FROM transactions_outboxmessage"
    )
    return f"({key} IS NULL OR {key} IN ({later}))"


def transaction_findings(sources: Mapping[str, str], after: int = 0) -> Iterator[Finding]:
    """Yield what is off with the Business Transactions; `sources` are the tables of their rows, each with its digest."""
    name = TRANSACTIONS
    yield from ask(name, "Business Transaction that was never closed", f"SELECT id FROM {name} WHERE answer IS NULL")
    border = forms.border(forms.recorded(connection).get(name, []))
    if border is None:
        yield Finding(name, "nothing sound says which are from before there was a key", 1, ("unknown",), FORMS)
        return
    yield from ask(name, "Business Transaction that was altered: its digest does not fit", _altered(border, after))
    yield from _texts(border, after)
    yield from _rows(border, sources, after)
    yield from collect(name, _unproven(border, after))


def _altered(border: int, after: int) -> str:
    """Return the query for those whose digest does not fit, each by the form of its time."""
    speak = dialect(connection)
    closed = f"SELECT b.id FROM {TRANSACTIONS} b WHERE b.answer IS NOT NULL AND {fresh('b.id', after)} AND"
    since = (
        "salt", "reason_digest", "answer_digest", "opened_in", "rows_count", "rows_digest", "key_number", "mac",
    )  # fmt: skip
    given = " OR ".join(f"b.{column} IS NOT NULL" for column in since)
    return (
        f"{closed} b.id > {border} AND ({speak.differs('b.digest', speak.transaction_seal('b'))}) UNION ALL "
        f"{closed} b.id <= {border} AND (b.erased_by IS NULL AND b.digest <> {speak.former_seal('b')} OR {given})"
    )


def _texts(border: int, after: int) -> Iterator[Finding]:
    """Yield the reasons and answers that are not what was sealed; where the salt is gone, erasure has taken them."""
    speak = dialect(connection)
    wrong = " OR ".join(
        speak.differs(f"b.{text}_digest", speak.sha256(f"b.salt || b.{text}")) for text in ("reason", "answer")
    )
    yield from ask(
        TRANSACTIONS,
        "Business Transaction whose reason or answer was altered",
        f"SELECT b.id FROM {TRANSACTIONS} b WHERE b.id > {border} AND b.answer IS NOT NULL AND b.salt <> '' "
        f"AND {fresh('b.id', after)} AND ({wrong})",
    )
    yield from ask(
        TRANSACTIONS,
        "Business Transaction whose reason and answer were taken out, and no erasure says so",
        f"SELECT b.id FROM {TRANSACTIONS} b WHERE b.id > {border} AND b.answer_digest IS NOT NULL "
        f"AND {fresh('b.id', after)} AND (b.salt = '' OR b.salt IS NULL) AND NOT ({erased.by_an_erasure('b')})",
    )
    yield from ask(
        TRANSACTIONS,
        "Business Transaction that says what erased it, though that did not",
        f"SELECT b.id FROM {TRANSACTIONS} b WHERE b.erased_by IS NOT NULL AND NOT ({erased.by_an_erasure('b')})",
    )
    yield from ask(
        TRANSACTIONS,
        "Business Transaction that was altered, before it was erased or since",
        erased.unfit_transactions(connection, border),
    )


def rows_query(sources: Mapping[str, str], after: int = 0) -> str:
    """Return the query for the number of rows and the digest over them, by Business Transaction."""
    where = f"WHERE transaction_id IS NOT NULL AND {fresh('transaction_id', after)}"
    every = " UNION ALL ".join(
        f'SELECT transaction_id, {digest} AS digest FROM "{table}" {where}' for table, digest in sources.items()
    )
    digest = dialect(connection).rows_digest("transaction_id || ':' || digest")
    # Of a row whose digest went with its values (an erasure's doing) only the number is left to compare.
    emptied = "min(CASE WHEN digest = '' THEN 0 ELSE 1 END) = 0"
    return (
        f"SELECT transaction_id, count(*) AS rows_count, CASE WHEN {emptied} THEN NULL ELSE {digest} END AS rows_digest "
        f"FROM ({every}) every GROUP BY transaction_id"
    )


def _rows(border: int, sources: Mapping[str, str], after: int) -> Iterator[Finding]:
    speak = dialect(connection)
    none = speak.rows_digest_of_none()
    found = f"CASE WHEN w.rows_count IS NULL THEN '{none}' ELSE coalesce(w.rows_digest, b.rows_digest) END"
    differs = speak.differs("b.rows_count, b.rows_digest", f"coalesce(w.rows_count, 0), {found}")
    yield from ask(
        TRANSACTIONS,
        "Business Transaction under which other rows stand than it wrote",
        f"SELECT b.id FROM {TRANSACTIONS} b LEFT JOIN ({rows_query(sources, after)}) w ON w.transaction_id = b.id "
        f"WHERE b.id > {border} AND b.answer IS NOT NULL AND b.rows_digest IS NOT NULL "
        f"AND {fresh('b.id', after)} AND ({differs})",
    )


def _unproven(border: int, after: int) -> Iterator[tuple[str, str, object]]:
    """Yield the Business Transactions that no key proves, one after the other: there may be millions."""
    columns = (*macs.OPENS, *macs.CLOSES)
    rows = BusinessTransaction.objects.order_by("pk").filter(pk__gt=border, answer__isnull=False)
    if after:
        rows = rows.filter(Q(journal__position__gt=after) | Q(journal=None))
    for row in rows.values_list(*columns, "key_number", "digest", "mac").iterator(chunk_size=CHUNK):
        *known, number, digest, mac = row
        if not mac or number is None:
            yield (
                "Business Transaction without a MAC: no process of the portal wrote it that had AUDIT_KEY",
                UNSIGNED,
                row[0],
            )
        elif number not in settings.AUDIT_KEYS:
            yield f"Business Transaction that was sealed by key {number}, which AUDIT_KEY has not", NO_KEY, row[0]
        elif macs.sealed(macs.key_for(known, number), digest) != mac:
            yield "Business Transaction that was forged: its MAC does not fit", COMPARE, row[0]
