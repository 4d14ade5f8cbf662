"""In whose trees an operation happened: the customers above what it was about.

Whatever an operation locked hangs below what it held of its superiors, so this mostly reads what is in memory already;
what is not there is read for all rows of a level at once.
"""

import json
from collections import defaultdict
from collections.abc import Iterable

from django.db import models

from ocsportal.transactions.columns import column, target
from ocsportal.transactions.touched import Touched

Missing = dict[type[models.Model], set[int]]


def customers_json(touched: Touched) -> str | None:
    """Return the keys of the customers as a list in JSON, None when it happened in nobody's tree."""
    about = touched.trees or ([touched.target] if touched.target else touched.entities[:1])
    found = customers_of(about) | touched.tree_keys
    return json.dumps(sorted(found), separators=(",", ":")) if found else None


def customers_of(entities: Iterable[models.Model]) -> set[int]:
    """Return the keys of the customers that some rows belong to; one statement for each level that is not in memory."""
    found: set[int] = set()
    missing: Missing = defaultdict(set)
    for entity in entities:
        _climb(entity, found, missing)
    while missing:
        model, keys = missing.popitem()
        for row in model._default_manager.filter(pk__in=keys).only(*links(model)):
            _climb(row, found, missing)
    return found


def customer_of_each(entities: Iterable[models.Model]) -> dict[models.Model, int]:
    """Return the customer's key of each row that has one; one statement for each level on the way up."""
    found: dict[models.Model, int] = {}
    climbing = {entity: entity for entity in entities}
    while climbing:
        places: dict[models.Model, tuple[type[models.Model], int]] = {}
        missing: Missing = defaultdict(set)
        for entity, row in climbing.items():
            top: set[int] = set()
            above: Missing = defaultdict(set)
            _climb(row, top, above)
            if top:
                found[entity] = top.pop()
            elif above:
                model, keys = above.popitem()
                missing[model] |= keys
                places[entity] = (model, keys.pop())
        rows = {
            (model, row.pk): row
            for model, keys in missing.items()
            for row in model._default_manager.filter(pk__in=keys).only(*links(model))
        }
        climbing = {entity: rows[place] for entity, place in places.items()}
    return found


def links(model: type[models.Model]) -> tuple[str, ...]:
    """Return the foreign keys that lead up from a model."""
    return getattr(model, "tree_links", ()) or getattr(model, "superiors", ())


def _climb(entity: models.Model | None, found: set[int], missing: Missing) -> None:
    """Go up from a row as far as it is in memory; note the customer at the top, or what has to be read."""
    while entity is not None and not getattr(entity, "tree_top", False):
        entity = _above(entity, found, missing)
    if entity is not None:
        found.add(entity.pk)


def _above(entity: models.Model, found: set[int], missing: Missing) -> models.Model | None:
    """Return what is next above a row; None when that is nothing, or noted."""
    for name in links(type(entity)):
        field = column(entity, name)
        key = getattr(entity, field.attname)
        if key is None:
            continue
        if getattr(field.related_model, "tree_top", False):
            found.add(key)
            return None
        if name in entity._state.fields_cache:
            above: models.Model | None = entity._state.fields_cache[name]
            return above
        missing[target(field)].add(key)
        return None
    return None
