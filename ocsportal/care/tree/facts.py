"""What an agent sees of a customer at a glance: what is below and suspended, low balances, what is planned, possible twins."""

from typing import Any
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join

from customers.models import Customer
from customers.twins import twins
from ocsportal.backoffice.links import link_to
from ocsportal.care.tree.counts import LOW, Numbers
from ocsportal.care.tree.notes import of_states, several
from ocsportal.entities.states import State

Fact = tuple[str, Any, Any]


def of_customer(customer: Customer, numbers: Numbers) -> list[Fact]:
    """Return the facts, so far as their levels may be read; what there is nothing of is left out."""
    told = [fact(numbers) for level, fact in (("subscriber", below), ("balance", balances)) if level in numbers.levels]
    return [*told, *planned(numbers), *possible_twins(customer)]


def below(numbers: Numbers) -> Fact:
    """Return how many subscribers there are, in which states, and how many are suspended for a reason of their own."""
    told = (State.ACTIVE, State.SUSPENDED, State.INACTIVE)
    states = [f"{numbers.states[state]:,} {state.label.lower()}" for state in told if numbers.states[state]]
    on = f"on {several(len(numbers.accounts), 'account')}"
    words: Any = ", ".join([*states, on])
    if numbers.own:
        own = "a reason of its own" if numbers.own == 1 else "reasons of their own"
        words = format_html("{}; {}", words, _narrowed("own", f"{numbers.own} for {own}"))
    return "Below", of_states(numbers.states), words


def balances(numbers: Numbers) -> Fact:
    """Return how many balances are low, which leads to them."""
    looks, total = numbers.balances, sum(numbers.balances.values())
    odd = [
        f"{looks[look]} {words}"
        for look, words in (("out", "used up"), ("low", f"under {LOW} %"), ("ended", "ended"))
        if looks[look]
    ]
    value: Any = f"{numbers.low} low" if numbers.low else "None low" if total else "None"
    if numbers.low:
        value = _narrowed("low", value)
    return "Balances", value, ", ".join([*odd, f"of {several(total, 'balance')}"])


def planned(numbers: Numbers) -> list[Fact]:
    """Return how much is planned below, which leads to it; nothing where nothing is."""
    if not numbers.planned:
        return []
    return [
        ("Planned below", _narrowed("planned", several(numbers.planned, "change")), "in the tree, each with its date")
    ]


def possible_twins(customer: Customer) -> list[Fact]:
    """Return the customers that may be the same; nothing where there is none."""
    found = twins(customer)
    if not found:
        return []
    rows = {row.pk: row for row in Customer.objects.filter(pk__in=[twin.key for twin in found])}
    links = [(link_to(rows[twin.key]), twin.shares) for twin in found if twin.key in rows]
    words = format_html_join(", ", "{} (same {})", links)
    return [("May be the same", several(len(links), "customer"), words)]


def _narrowed(chip: str, words: str) -> Any:
    return format_html('<a href="?{}#everything">{}</a>', urlencode({"show": chip}), words)
