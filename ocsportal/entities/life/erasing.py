"""Empty the present rows of a customer's tree, one statement a level, and count what would go (docs/privacy.md)."""

from collections.abc import Collection, Mapping

from django.db.models import F, Field, JSONField, Model, Q, QuerySet, Value

from ocsportal.entities.life.cascade import below
from ocsportal.entities.models import Entity
from ocsportal.entities.search.field import COLUMN
from ocsportal.entities.states import State
from ocsportal.entities.store.sets import Known, among, updated
from ocsportal.transactions.change import Change
from ocsportal.transactions.columns import column, target_of
from ocsportal.transactions.erasure import Keys, models_in_trees
from ocsportal.transactions.history import PERSONAL, Tracked
from ocsportal.transactions.trees import links

Keyed = dict[type[Tracked], list[int]]


def keys_of_tree(top: Entity) -> Keyed:
    """Return the keys of all rows in a tree, by model: a statement for each level of entities, one for what belongs to them."""
    found: Keyed = {type(top): [top.pk]}
    found |= {model: sorted(keys) for model, keys in below(top).items()}
    return {model: found.get(model, []) for model in models_in_trees()} | _belonging(found)


def _belonging(found: Keys) -> Keyed:
    """Return the keys of what belongs to entities of a tree, by model, such as notes and resources."""
    models = [model for model in models_in_trees() if not issubclass(model, Entity)]
    parts: list[QuerySet[Model, tuple[int, int]]] = []
    for place, model in enumerate(models):
        hangs = Q(pk__in=[])
        for name in links(model):
            hangs |= among(name, found.get(target_of(column(model, name), Tracked), ()))
        parts.append(
            model._default_manager.filter(hangs).order_by().annotate(place=Value(place)).values_list("place", "pk")
        )
    keys: Keyed = {model: [] for model in models}
    for place, key in parts[0].union(*parts[1:], all=True) if parts else ():
        keys[models[place]].append(key)
    return keys


def live(keys: Keys) -> dict[str, int]:
    """Return how many entities of a tree are not deactivated, by what they are called; one statement for each level."""
    found = {}
    for model, those in keys.items():
        if issubclass(model, Entity):
            rows = model._default_manager.filter(among("pk", those)).exclude(state=State.DEACTIVATED)
            if number := rows.count() if those else 0:
                found[str(model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural)] = number
    return found


def personal_values(model: type[Model]) -> dict[str, object]:
    """Return what an erasure leaves in the personal columns of a model."""
    return {field.name: _left(field) for field in model._meta.concrete_fields if field.db_comment == PERSONAL}


def _left(field: Field) -> object:
    return None if field.null else {} if isinstance(field, JSONField) else ""


def holding(model: type[Model], keys: Collection[int]) -> QuerySet[Model]:
    """Return those of some rows of a model that hold something personal."""
    something = Q(pk__in=[])
    for name, value in personal_values(model).items():
        something |= ~Q(**{name: value})
    return model._default_manager.filter(among("pk", keys)).filter(something)


def empty(change: Change, keys: Keys, more: Mapping[type[Model], Mapping[str, object]]) -> list[Model]:
    """Empty the rows of a tree that hold something personal, and write what else is given for a model; return them."""
    touched: list[Model] = []
    known: Known = {}
    for model in models_in_trees():
        values = personal_values(model)
        if not values or not keys[model]:
            continue
        columns = {**values, **({COLUMN: None, "changed_at": change.written_at} if issubclass(model, Entity) else {})}
        given = dict(more.get(model, {}))
        always = given.pop("always", False)
        rows = model._default_manager.filter(among("pk", keys[model])) if always else holding(model, keys[model])
        found = updated(rows, known, **columns, **given, version=F("version") + 1)
        known[model] = {row.pk: row for row in found}
        touched += found
    return touched
