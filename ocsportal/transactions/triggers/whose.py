"""The SQL that says in which customer's tree a row is: from its foreign keys, which its history is sealed with too."""

from collections.abc import Callable

from django.apps import apps
from django.db.models import Field, Model

from ocsportal.transactions.columns import column, key_of, target
from ocsportal.transactions.trees import links


def customer_of(label: str) -> Callable[[str], str] | None:
    """Return what makes the expression for the customer's key of an alias's row; None where rows are in nobody's tree.

    Read from the models of the code, since those within a migration don't say what is above them; the columns that lead
    up never change.
    """
    try:
        model: type[Model] = apps.get_model(label)
    except LookupError:
        return None
    if not getattr(model, "tree_top", False) and not links(model):
        return None
    return lambda alias: _expression(model, alias, 1)


def _expression(model: type[Model], alias: str, depth: int) -> str:
    if getattr(model, "tree_top", False):
        return f'{alias}."{key_of(model)}"'
    ways = [_way(column(model, name), alias, depth) for name in links(model)]
    return ways[0] if len(ways) == 1 else f"coalesce({', '.join(ways)})"


def _way(field: Field, alias: str, depth: int) -> str:
    above = target(field)
    link = f'{alias}."{field.column}"'
    if getattr(above, "tree_top", False):
        return link
    inner = f"w{depth}"
    key = f'{inner}."{key_of(above)}"'
    return f'(SELECT {_expression(above, inner, depth + 1)} FROM "{above._meta.db_table}" {inner} WHERE {key} = {link})'
