"""Configuration that is in use keeps what stored rows rest on (docs/configuration.md, items in use).

Each app declares beside its models which of their rows rest on which columns of an item. The form says at the field
what a change would break; triggers hold the same whatever way a change comes
(balances/migrations/0006_configuration_in_use.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q

from ocsportal.registries import Entries, Named
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault

CODE_STAYS = "The code can't be changed later, because requests and stored values refer to the item by it."
# Raised by triggers, which nobody gets around.
name_constraint(
    "configuration_in_use",
    Fault("REQUEST-VALIDATION", "", "This is in use and can't be changed; create another one instead."),
    sqlite="configuration_in_use",
)
name_constraint("configuration_code", Fault("REQUEST-VALIDATION", "code", CODE_STAYS), sqlite="configuration_code")


@dataclass(frozen=True)
class Rule:
    """Columns of an item that stay while rows of a model rest on it: by one of their links, or all those of `where`."""

    columns: tuple[str, ...]
    users: type[Model]
    links: tuple[str, ...]
    where: Q
    # Whether a change, from the row that stands to the one that is to be, harms them.
    harms: Callable[[Any, Any], bool]

    def broken_by(self, standing: Model, row: Model) -> list[str]:
        """Return the columns that were changed though somebody rests on them."""
        changed = [name for name in self.columns if getattr(standing, name) != getattr(row, name)]
        return changed if changed and self.harms(standing, row) and self._is_used(row) else []

    def _is_used(self, row: Model) -> bool:
        # Each link by itself: the first row ends the search, and an OR would use no index.
        filters = [Q(**{link: row.pk}) for link in self.links] or [Q()]
        return any(self.users._default_manager.filter(self.where, each).exists() for each in filters)


RULES: Named[type[Model], Entries[Rule]] = Named()


def rests(
    users: type[Model],
    links: Iterable[str],
    on: type[Model],
    *columns: str,
    where: Q | None = None,
    harms: Callable[[Any, Any], bool] = lambda standing, row: True,
) -> None:
    """Declare that rows of a model, which point to an item by the links, rest on columns of it."""
    RULES.setdefault(on, Entries()).enter(Rule(columns, users, tuple(links), where or Q(), harms))


def refuse_changes_in_use(row: Any) -> None:
    """Raise ValidationError at each column that an item can't change any more."""
    standing: Any = type(row)._default_manager.filter(pk=row.pk).first() if row.pk else None
    if standing is None:
        return
    errors: dict[str, str] = {}
    if standing.code != row.code:
        errors["code"] = CODE_STAYS
    for rule in RULES.get(type(row), ()):
        words = str(rule.users._meta.verbose_name_plural).capitalize()
        for name in rule.broken_by(standing, row):
            other = f"create another {row._meta.verbose_name} instead"
            errors.setdefault(name, f"{words} depend on this, so it can't be changed; {other}.")
    if errors:
        raise ValidationError(errors)
