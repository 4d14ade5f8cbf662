"""The recorded forms of digests: which columns, of which types, the history rows of a table were sealed with.

A digest covers a row as it was when it was written; a column that came later is none of its business. So each change of
a tracked table's columns appends a form, and rows are proven by the form of their own time
(docs/adr/0022-forms-of-digests.md). A row is sealed over the mark of its form too: no other form can be put under it.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.columns import Parameter
from ocsportal.transactions.triggers.tables import ERASED, TrackedTable

TABLE = "transactions_sealedform"
COLUMNS = '"history", "after", "columns", "renamed", "bound", "digest"'
# Name, type, and for a personal column the word for what an erasure leaves there (tables.py).
Columns = tuple[tuple[str, ...], ...]
# Names and types are put into the SQL of a proof as they stand.
SANE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SANE_TYPE = re.compile(r"[a-z ]+(\([0-9]+(, ?[0-9]+)?\))?[a-z ]*")


@dataclass(frozen=True)
class Form:
    """What rows of a history were sealed with, from the row after `after` on up to the next form's."""

    history: str
    after: int
    columns: Columns
    # Columns of the forms before this one that were renamed when it came.
    renamed: dict[str, str]
    # Whether rows are sealed over its mark; those from before forms were recorded are not.
    bound: bool
    digest: str

    @property
    def mark(self) -> str:
        """Return what rows of this form are sealed with beside their values."""
        return self.digest[:32] if self.bound else ""

    @property
    def types(self) -> dict[str, str]:
        """The types by the names of the columns."""
        return {name: kind for name, kind, *_ in self.columns}

    @property
    def personal(self) -> dict[str, str]:
        """The words for what an erasure leaves in the personal columns, by their names."""
        return {name: word[0] for name, _, *word in self.columns if word}

    def sealed_after(self, former: str) -> str:
        """Return the digest of this form, which follows on the form of another digest."""
        content = [former, self.history, self.after, self.columns, self.renamed, self.bound]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def written(self) -> list[Parameter]:
        """Return the values of its row."""
        columns, renamed = json.dumps(self.columns), json.dumps(self.renamed)
        return [self.history, self.after, columns, renamed, self.bound, self.digest]


@dataclass(frozen=True)
class Stretch:
    """A stretch of a history, after one row and up to another, and what stands for the columns of its form by now."""

    after: int
    upto: int | None
    mark: str
    # Present name, type that was sealed, present type.
    columns: tuple[tuple[str, str, str], ...]
    # The present names of those that were personal then, and so sealed apart.
    personal: frozenset[str] = frozenset()


def recorded(connection: BaseDatabaseWrapper) -> dict[str, list[Form]]:
    """Return the forms of each history table, oldest first; none before there is a table of them."""
    if TABLE not in connection.introspection.table_names():
        return {}
    found: dict[str, list[Form]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM {TABLE} ORDER BY id")
        for history, after, columns, renamed, bound, digest in cursor.fetchall():
            read = tuple(tuple(column) for column in json.loads(columns))
            found.setdefault(history, []).append(Form(history, after, read, json.loads(renamed), bool(bound), digest))
    return found


def record(connection: BaseDatabaseWrapper, table: TrackedTable, renamed: dict[str, str] | None = None) -> TrackedTable:
    """Append the form that a table's rows are sealed with from now on, unless it is the newest; return the table with it.

    Nobody may write the table meanwhile: the last row that stands is the border between two forms.
    """
    forms = recorded(connection).get(table.history, [])
    columns = table.sealed()
    last = _last_row(connection, table.history)
    if not forms and last:
        forms = [remember(connection, table)]
    newest = forms[-1] if forms else None
    if newest and newest.bound and newest.columns == columns and not renamed:
        return with_forms(table, forms)
    form = _append(connection, Form(table.history, last, columns, renamed or {}, True, ""), newest)
    return with_forms(table, [*forms, form])


def with_forms(table: TrackedTable, forms: list[Form]) -> TrackedTable:
    """Return a table with what its rows are sealed with by now, and with what they ever were."""
    ever = {name: None for stretch in stretches(forms) for name, _, _ in stretch.columns}
    return replace(table, form=forms[-1].mark, ever=tuple(ever), erasable=tuple(sorted(erasable(forms).items())))


def erasable(forms: list[Form]) -> dict[str, str]:
    """Return the words for what an erasure leaves in the columns that ever were personal, by their present names."""
    return renamed(forms, len(forms))


def renamed(forms: list[Form], first: int) -> dict[str, str]:
    """Return the same as the first so many forms say it, by the present names."""
    found: dict[str, str] = {}
    for number, form in enumerate(forms):
        found = {form.renamed.get(name, name): word for name, word in found.items()}
        if number < first:
            found |= form.personal
    return found


def remember(connection: BaseDatabaseWrapper, table: TrackedTable) -> Form:
    """Return the newest form of a table; if it has none yet, append that of the rows that stand, which bear no mark."""
    forms = recorded(connection).get(table.history)
    return forms[-1] if forms else _append(connection, Form(table.history, 0, table.sealed(), {}, False, ""), None)


def record_border(connection: BaseDatabaseWrapper, table: str) -> None:
    """Record up to which row a table that is no history is from before its rows were sealed as they are now, unless it is."""
    if table in recorded(connection):
        return
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"')
        last = int(cursor.fetchone()[0])
    _append(connection, Form(table, last, (), {}, True, ""), None)


def border(known: list[Form]) -> int | None:
    """Return that row's key by the forms of a table, 0 where none is from before; None when nothing sound says so."""
    sound = len(known) == 1 and known[0].bound and not known[0].columns and known[0].digest == known[0].sealed_after("")
    return known[0].after if sound else None


def stretches(forms: list[Form]) -> Iterator[Stretch]:
    """Yield the stretches of a history, with the names and types that its columns have by now."""
    for number, form in enumerate(forms):
        names = {name: name for name in form.types}
        types = dict(form.types)
        for later in forms[number + 1 :]:
            names = {old: later.renamed.get(name, name) for old, name in names.items()}
            now = later.types
            types = {old: now.get(name, types[old]) for old, name in names.items()}
        columns = tuple((names[name], kind, types[name]) for name, kind in form.types.items())
        upto = forms[number + 1].after if number + 1 < len(forms) else None
        yield Stretch(form.after, upto, form.mark, columns, frozenset(names[name] for name in form.personal))


def fits(forms: list[Form], table: TrackedTable) -> bool:
    """Return whether the newest form is the one that the model needs."""
    return bool(forms) and forms[-1].bound and forms[-1].columns == table.sealed()


def faults_of(forms: list[Form], standing: set[str]) -> Iterator[str]:
    """Yield what is wrong with the forms of a table whose history has the columns that stand."""
    former = None
    for number, form in enumerate(forms, start=1):
        least = 0 if former is None else former.after
        follows = form.digest == form.sealed_after("" if former is None else former.digest)
        in_order = form.after == 0 if former is None else form.after >= least and form.bound
        said = set(form.personal.values()) <= ERASED.keys()
        if not (follows and in_order and said):
            yield f"form {number} of its digests was altered, or came by no migration"
        former = form
    for stretch in stretches(forms):
        for name, *types in stretch.columns:
            if name not in standing:
                yield f"column {name} is gone, with which rows are sealed"
            elif not SANE_NAME.fullmatch(name) or not all(SANE_TYPE.fullmatch(kind) for kind in types):
                yield f"a form of its digests names something that is no column: {name}"


def _append(connection: BaseDatabaseWrapper, form: Form, former: Form | None) -> Form:
    form = replace(form, digest=form.sealed_after(former.digest if former else ""))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)", form.written())
    return form


def _last_row(connection: BaseDatabaseWrapper, history: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(history_id), 0) FROM "{history}"')
        return int(cursor.fetchone()[0])
