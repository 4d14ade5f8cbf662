"""What an open erasure may do to rows that are otherwise append-only, as conditions that both engines understand.

An erasure is open while its Business Transaction is, and reaches the tree of its customer
(docs/adr/0029-personal-values-can-be-taken-out.md).
"""

from collections.abc import Iterable

from ocsportal.transactions.triggers.tables import ERASED, SPLIT, STAMP, TrackedTable

OPERATION = "EraseCustomer"
ERASURES, ROWS = "transactions_erasure", "transactions_erasedrow"
TRANSACTIONS = "transactions_businesstransaction"
UNDER_WAY = {
    "sqlite": "ocs_transaction()",
    "postgresql": "nullif(current_setting('ocs.transaction', true), '')::bigint",
}
SAME = {"sqlite": "({}) IS ({})", "postgresql": "ROW({}) IS NOT DISTINCT FROM ROW({})"}


def customer(vendor: str) -> str:
    """Return the expression for the key of the customer whose erasure is open; NULL when there is none."""
    return (
        f"(SELECT e.customer_id FROM {ERASURES} e JOIN {TRANSACTIONS} b ON b.id = e.transaction_id "
        f"WHERE e.transaction_id = {UNDER_WAY[vendor]} AND b.operation = '{OPERATION}' AND b.answer IS NULL)"
    )


def of_history(table: TrackedTable, vendor: str) -> str:
    """Return the condition under which a row of a history may become another one."""
    assert table.whose
    personal = [column for column, _ in table.erasable]
    split = bool(table.erasable)
    stamp = [column for column in STAMP if column not in ("digest", "history_change_reason")]
    kept = ["history_id", *(dict.fromkeys([*table.columns, *table.ever])), *stamp, *(SPLIT[1:] if split else ())]
    emptied = [*personal, *(SPLIT[:1] if split else ())]
    taken = [
        f"{table.whose('OLD')} = {customer(vendor)}",
        _becomes(table.erasable, vendor),
        "NEW.salt IS NULL",
        f"(NEW.digest = OLD.digest OR NEW.digest = '' AND {_entered(table.history, 'OLD.history_id', vendor)})",
    ]
    left = _same([*emptied, "digest"], vendor)
    may = f"({left} OR {' AND '.join(taken)})" if split else left
    reason = (
        f"({_same(['history_change_reason'], vendor)} OR NEW.history_change_reason = "
        f"(SELECT t.reason FROM {TRANSACTIONS} t WHERE t.id = OLD.transaction_id))"
    )
    fixed = _same([column for column in kept if column not in personal], vendor)
    return f"{customer(vendor)} IS NOT NULL AND {fixed} AND {reason} AND {may}"


def of_text(text: str, fixed: Iterable[str], whose: str, vendor: str) -> str:
    """Return the condition under which a text of another table may go with its salt, and nothing else of the row."""
    gone = f"NEW.\"{text}\" = '' AND NEW.salt IS NULL"
    return f"{whose} = {customer(vendor)} AND {gone} AND {_same(fixed, vendor)}"


# What an erasure leaves as it is of a Business Transaction; its request hash too, unless that is from before it was
# keyed.
FIXED = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "request_id", "transaction_id", "at", "notice",
    "target_kind", "target_ref_id", "target_version", "touched", "digest", "customers", "reason_digest", "answer_digest",
    "opened_in", "rows_count", "rows_digest", "key_number", "mac",
)  # fmt: skip
# What is left of one from before there was a key, whose digest covered its texts.
LEFT = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "request_id", "transaction_id", "at", "notice",
    "target_kind", "target_ref_id", "target_version", "touched", "customers",
)  # fmt: skip


def of_transaction(vendor: str) -> str:
    """Return the condition under which a closed Business Transaction may lose its texts."""
    return (
        f"{customer(vendor)} IS NOT NULL AND OLD.answer IS NOT NULL AND NEW.answer IS NOT NULL AND {_same(FIXED, vendor)} "
        f"AND NEW.reason = '' AND NEW.salt IS NULL AND NEW.erased_by = {UNDER_WAY[vendor]} "
        f"AND OLD.id <> {UNDER_WAY[vendor]} AND {happened_to('OLD', customer(vendor))} AND "
        f"(NEW.request_hash = OLD.request_hash OR OLD.mac IS NULL) AND "
        f"(OLD.mac IS NOT NULL OR {_entered(TRANSACTIONS, 'OLD.id', vendor)})"
    )


def happened_to(alias: str, key: str) -> str:
    """Return the condition that a Business Transaction happened in a customer's tree, as far as it says in whose."""
    listed = f"replace(replace({alias}.customers, '[', ','), ']', ',')"
    # Those that don't say are from before they were bound to what they wrote.
    return f"(({alias}.customers IS NULL AND {alias}.mac IS NULL) OR replace({listed}, ',' || {key} || ',', '') <> {listed})"


def opens(vendor: str) -> str:
    """Return the condition under which an erasure may be entered: by the open Business Transaction that it names."""
    return (
        f"EXISTS (SELECT 1 FROM {TRANSACTIONS} b WHERE b.id = {UNDER_WAY[vendor]} AND b.id = NEW.transaction_id "
        f"AND b.operation = '{OPERATION}' AND b.answer IS NULL)"
    )


def enters(vendor: str) -> str:
    """Return the condition under which an erased row may be entered: by the erasure that is open."""
    return f"NEW.transaction_id = {UNDER_WAY[vendor]} AND {customer(vendor)} IS NOT NULL"


def _entered(table: str, key: str, vendor: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {ROWS} r WHERE r.\"table\" = '{table}' AND r.key = {key} "
        f"AND r.transaction_id = {UNDER_WAY[vendor]})"
    )


def _same(columns: Iterable[str], vendor: str) -> str:
    named = [[f'{alias}."{column}"' for column in columns] for alias in ("NEW", "OLD")]
    return SAME[vendor].format(*(", ".join(each) for each in named))


def _becomes(erasable: Iterable[tuple[str, str]], vendor: str) -> str:
    return " AND ".join(f'NEW."{column}" {equals(word, vendor)}' for column, word in erasable)


def equals(word: str, vendor: str) -> str:
    """Return what follows a column in the condition that it holds what an erasure leaves there."""
    value = f"{ERASED[word]}::jsonb" if word == "object" and vendor == "postgresql" else ERASED[word]
    return f"IS {value}" if word == "null" else f"= {value}"
