"""Narrow a list by keys that are looked up first (docs/adr/0020-indexes-of-lists.md).

A join would let the database search the list for them.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

from ocsportal.transactions.columns import column, target

Row = TypeVar("Row", bound=Model)

# From how many keys on a filter by what is above is left to a join.
MOST_KEYS = 1000


def of_keys(qs: QuerySet[Row], keys: Iterable[int]) -> QuerySet[Row]:
    """Narrow a list to what has one of the keys, which are few; without any it is empty at once."""
    found = set(keys)
    return qs.filter(pk__in=sorted(found)) if found else qs.none()


def few_of(qs: QuerySet[Row], rows: QuerySet[Model, int]) -> QuerySet[Row] | None:
    """Narrow a list to some keys as long as these are few, and None when they are not; one statement."""
    keys = list(rows[: MOST_KEYS + 1])
    return of_keys(qs, keys) if len(keys) <= MOST_KEYS else None


def below(qs: QuerySet[Row], path: str, ref_id: str) -> QuerySet[Row]:
    """Narrow a list to what a path leads from to the entity of a refId; one that nothing has finds nothing."""
    above = models_on(qs.model, path)[-1]._default_manager.filter(ref_id=ref_id)
    key = above.values_list("pk", flat=True).first()
    return qs.none() if key is None else leading_to(qs, path, [key])


def leading_to(qs: QuerySet[Row], path: str, keys: list[int]) -> QuerySet[Row]:
    """Narrow a list to what a path leads from to one of the keys, looking up the keys between as long as they are few.

    A join would let the database walk the list's order in search of rows that may not be there.
    """
    names, models = path.split("__"), models_on(qs.model, path)
    for depth in range(len(names) - 1, 0, -1):
        between = models[depth - 1]._default_manager.filter(**{f"{names[depth]}__in": keys})
        # From one key in the order of its index, which ends early where the table would have to be searched.
        ordered = between.order_by(f"{names[depth]}_id", "pk") if len(keys) == 1 else between.order_by()
        found = list(ordered.values_list("pk", flat=True)[: MOST_KEYS + 1])
        if len(found) > MOST_KEYS:
            return qs.filter(**{f"{'__'.join(names[: depth + 1])}__in": keys})
        if not found:
            return qs.none()
        keys = found
    return qs.filter(**{f"{names[0]}__in": keys} if len(keys) > 1 else {names[0]: keys[0]})


def models_on(model: type[Model], path: str) -> list[type[Model]]:
    """Return the models that a path of foreign keys leads over, one for each step."""
    found: list[type[Model]] = []
    for name in path.split("__"):
        model = target(column(model, name))
        found.append(model)
    return found
