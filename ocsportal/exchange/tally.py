"""What is counted of an import, in the file and in the database: each level in each state, and what balances hold."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Model, Sum

from balances.fields import ExactDecimal
from balances.models import Balance
from ocsportal.entities.decimals import plain
from ocsportal.entities.models import Entity
from ocsportal.entities.store.gathering import Gathered
from ocsportal.entities.store.sets import among
from ocsportal.exchange.making import MODELS

ZERO = Decimal(0)
PLURALS = {"customer": "customers", "account": "accounts", "subscriber": "subscribers", "subscription": "subscriptions"}


@dataclass
class Tally:
    """Counts by level and state; by service and unit the number of balances, what was granted and what is left."""

    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    balances: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Add another one to this."""
        self.states.update(other.states)
        for key, sums in other.balances.items():
            self.hold(key, sums)

    def hold(self, key: tuple[str, str], sums: tuple[int, Decimal, Decimal]) -> None:
        """Add to what is counted of a service in a unit."""
        count, granted, actual = self.balances.get(key, (0, ZERO, ZERO))
        self.balances[key] = (count + sums[0], granted + sums[1], actual + sums[2])

    def made(self) -> dict[str, int]:
        """Return how many of each level there are, by the level's plural."""
        counted = dict.fromkeys(PLURALS.values(), 0)
        for (level, _), count in self.states.items():
            counted[PLURALS[level]] += count
        return counted


def of_rows(gathered: Gathered) -> Tally:
    """Count rows as they stand in memory, which is as the file gives them."""
    found = Tally()
    for level, model in MODELS.items():
        found.states.update((level, row.state) for row in gathered.of(model))
    for balance in gathered.of(Balance):
        found.hold((balance.service.code, balance.unit), (1, balance.granted, balance.actual))
    return found


def of_database(gathered: Gathered) -> Tally:
    """Count the same rows as the database has them; one statement for each level and one for the balances."""
    found = Tally()
    for level, model in MODELS.items():
        for state, count in _counted(model, gathered):
            found.states[level, state] += count
    keys = [row.pk for row in gathered.rows.get(Balance, ())]
    if keys:
        sums = Balance.objects.filter(among("pk", keys)).order_by()
        rows = sums.values_list("service__code", "units", "currency__code").annotate(
            Count("pk"), Sum("granted", output_field=ExactDecimal()), Sum("actual", output_field=ExactDecimal())
        )
        for service, units, currency, count, granted, actual in rows:
            found.hold((service, currency or units), (count, granted, actual))
    return found


def _counted(model: type[Entity], gathered: Gathered) -> list[tuple[str, int]]:
    rows: list[Model] = gathered.rows.get(model, [])
    if not rows:
        return []
    keys = [row.pk for row in rows]
    return list(model._default_manager.filter(among("pk", keys)).order_by().values_list("state").annotate(Count("pk")))


Line = tuple[str, str, str, bool]


def compared(file: Tally, database: Tally) -> list[Line]:
    """Return what is compared, line by line: what it is, in the file, in the database, and whether both agree."""
    lines: list[Line] = []

    def line(what: str, here: Decimal | int, there: Decimal | int) -> None:
        lines.append((what, plain(Decimal(here)), plain(Decimal(there)), here == there))

    for level, plural in PLURALS.items():
        line(plural, file.made()[plural], database.made()[plural])
        for state in sorted({state for kind, state in (*file.states, *database.states) if kind == level}):
            line(f"{plural} {state}", file.states[level, state], database.states[level, state])
    nothing = (0, ZERO, ZERO)
    for service, unit in sorted({*file.balances, *database.balances}):
        here, there = (tally.balances.get((service, unit), nothing) for tally in (file, database))
        line(f"{service} in {unit}: balances", here[0], there[0])
        line(f"{service} in {unit}: granted", here[1], there[1])
        line(f"{service} in {unit}: actual", here[2], there[2])
    return lines
