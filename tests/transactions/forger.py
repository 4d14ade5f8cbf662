"""What a forger does with the rights that he has, and how he covers it up as far as he can."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ocsportal.transactions import macs, seals
from ocsportal.transactions.bound import rows_query
from ocsportal.transactions.models import BusinessTransaction, Seal
from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import SEALED, tracked_table
from ocsportal.transactions.verification import sources
from tests.asleep import triggers_asleep
from tests.transactions.rows import MODELS, sql

T = "transactions_businesstransaction"
# Who may UPDATE; that with the key; who owns the tables; a superuser; who has everything but the exported heads.
WRITER, KEYED, OWNER, SUPERUSER, ALL = "writer", "key", "owner", "superuser", "all"


@dataclass
class Forger:
    """Somebody with rights: whether triggers stop him, and whether he has the key."""

    who: str

    @property
    def has_key(self) -> bool:
        """Whether he can make MACs and signatures."""
        return self.who in (KEYED, ALL)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let him write as he can: past the triggers, if he may switch them off."""
        if self.who in (WRITER, KEYED):
            yield
        elif self.who == SUPERUSER or connection.vendor == "sqlite":
            with nullcontext() if connection.vendor == "sqlite" else _no_constraints(), triggers_asleep(connection):
                yield
        else:
            with _no_constraints(), _disabled():
                yield

    def cover(self, label: str = "") -> None:
        """Make every digest fit that he can compute: of a model's history, of Business Transactions, of the chain."""
        if self.who in (WRITER, KEYED):
            return
        if label:
            _fit_history(label)
        _fit_transactions()
        if self.has_key:
            _fit_macs()
        _fit_chain(self.has_key)


@contextmanager
def _no_constraints() -> Iterator[None]:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    yield


@contextmanager
def _disabled() -> Iterator[None]:
    """Disable the triggers of every table, as their owner may, and enable them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid "
            "WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
        tables = [row[0] for row in cursor.fetchall()]
        for verb in ("DISABLE", "ENABLE"):
            if verb == "ENABLE":
                yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER USER")


def _fit_history(label: str) -> None:
    table = tracked_table(MODELS[label], MODELS[label].history.model)
    mark = forms.recorded(connection)[table.history][-1].mark
    h = f'"{table.history}"'
    values = ", ".join([f"'{mark}'", table.of(h), *(f'{h}."{column}"' for column in SEALED)])
    sql(f"UPDATE {h} SET digest = {dialect(connection).seal(values)}")


def _border() -> int:
    return forms.border(forms.recorded(connection)[T]) or 0


def _fit_transactions() -> None:
    speak = dialect(connection)
    with connection.cursor() as cursor:
        cursor.execute(rows_query(sources()))
        found = {key: (count, digest) for key, count, digest in cursor.fetchall()}
    entries = BusinessTransaction.objects.filter(pk__gt=_border(), answer__isnull=False)
    for key, *stands in entries.values_list("pk", "rows_count", "rows_digest"):
        count, digest = found.get(key, (0, speak.rows_digest_of_none()))
        if stands != [count, digest]:
            sql(f"UPDATE {T} SET rows_count = %s, rows_digest = %s WHERE id = %s", count, digest, key)
    sql(f"UPDATE {T} SET digest = {speak.transaction_seal(T)} WHERE id > {_border()} AND answer IS NOT NULL")


def _fit_macs() -> None:
    columns = (*macs.OPENS, *macs.CLOSES)
    for row in BusinessTransaction.objects.filter(pk__gt=_border(), answer__isnull=False).values_list(
        *columns, "digest", "key_number", "mac"
    ):
        *known, digest, number, stands = row
        mac = macs.sealed(macs.key_for(known, number or macs.current_number()), digest)
        if mac != stands:
            sql(f"UPDATE {T} SET mac = %s WHERE id = %s", mac, row[0])


def _fit_chain(signed: bool) -> None:
    former = ""
    for seal in Seal.objects.order_by("number"):
        seal.basis = seals.basis() if seal.number == 1 else ""
        seal.root, seal.previous = seals.root_of(seal.first, seal.last), former
        former = seal.head = seals.head_of(seal)
        signature = macs.sign(seal.key_number, seals.PURPOSE, seal.head) if signed else seal.signature
        sql(
            "UPDATE transactions_seal SET root = %s, previous = %s, basis = %s, head = %s, signature = %s WHERE number = %s",
            seal.root, seal.previous, seal.basis, seal.head, signature, seal.number,
        )  # fmt: skip


def salted(entry: BusinessTransaction, **texts: Any) -> None:
    """Give a Business Transaction other texts, with digests that fit."""
    for name, text in texts.items():
        told = macs.text_digest(entry.salt or "", text)
        sql(f"UPDATE {T} SET {name} = %s, {name}_digest = %s WHERE id = %s", text, told, entry.pk)
