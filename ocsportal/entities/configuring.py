"""Write configuration items from outside of the portal's pages, by the rules of their models, which the pages ask too."""

from collections.abc import Callable

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from ocsportal.entities.configuration import Item, configured
from ocsportal.entities.models import ConfigurationItem
from ocsportal.entities.representation import camel
from ocsportal.transactions import door
from ocsportal.transactions.change import Change
from ocsportal.transactions.columns import column, target_of
from ocsportal.transactions.errors import OperationRefused, Stale, invalid, malformed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.touched import Outcome, Touched

Values = Checked
# Makes what an item has beside its columns; returns it.
Further = Callable[[Item], list[Model]]


def create_item(change: Change, model: type[Item], values: Values, further: Further[Item]) -> Outcome:
    """Make an item with these values of its columns, other items by their codes, and what `further` makes of it.

    Raise PERMISSION-DENIED, or what the model refuses, just as the portal's page does.
    """

    def work() -> Touched:
        if change.if_match:
            raise Stale
        item = model(**_resolved(model, values))
        _save(item)
        return Touched([item, *further(item)])

    return door.record(f"Add{model.__name__}", change, _permission(model, "add"), work)


def change_item(change: Change, model: type[Item], code: str, values: Values, further: Further[Item]) -> Outcome:
    """Change an item's columns that are given; raise as `create_item` does, PRECONDITION-FAILED for another version.

    CONFIG-NOT-FOUND when no item has the code, REQUEST-VALIDATION for what is in use and has to stay.
    """

    def work() -> Touched:
        item = model._default_manager.select_for_update(no_key=True).filter(code=code).first()
        if item is None:
            item = configured(model, code, "code")
        if change.if_match and not {"*", item.etag} & change.if_match:
            raise Stale
        for name, value in _resolved(model, values).items():
            setattr(item, name, value)
        if values:
            _save(item)
        made = further(item)
        if not values and not made:
            raise OperationRefused("REQUEST-VALIDATION", "Gives nothing to change.")
        return Touched([item, *made])

    return door.record(f"Change{model.__name__}", change, _permission(model, "change"), work)


def _permission(model: type[Model], verb: str) -> str:
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def _resolved(model: type[Model], values: Values) -> Values:
    """Return the values with items in place of their codes."""
    found = {}
    for name, value in values.items():
        link = column(model, name)
        item = link.is_relation and value is not None
        found[name] = configured(target_of(link, ConfigurationItem), value, camel(name)) if item else value
    return found


def _save(item: Model) -> None:
    checked(item)
    item.save()
    item.refresh_from_db()  # The database counts its versions.


def checked(row: Model, prefix: str = "") -> None:
    """Raise REQUEST-VALIDATION with everything that a row's model says is wrong with it, at parameters with a prefix."""
    try:
        row.full_clean()
    except ValidationError as error:
        faults = [
            malformed(prefix.rstrip(".") if name == NON_FIELD_ERRORS else f"{prefix}{camel(name)}", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
        raise invalid(faults) from error
