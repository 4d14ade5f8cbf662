"""The bases of the portal know no level: neither its code nor a name that begins with one stands there."""

import ast
import re

import pytest

from ocsportal.entities.models import entity_models
from tests.docs.markdown import product_trees

pytestmark = pytest.mark.once


def test_backoffice_names_no_level() -> None:
    levels = "|".join(model.__name__ for model in entity_models())
    assert levels == "Customer|Account|Subscriber|Subscription"
    named = re.compile(
        rf"^(?:{levels})s?(?:$|[A-Z_.])|^(?:{levels.lower()})s?(?:$|[A-Z_.])|_(?:{levels.lower()})s?(?:_|$)"
    )
    assert all(named.search(word) for word in ("customer", "accountSegment", "Subscriber", "of_customer_x"))
    found = []
    for path, tree in product_trees():
        if not path.startswith("ocsportal/backoffice/"):
            continue
        for node in ast.walk(tree):
            word = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else word
            if isinstance(text, str) and named.search(text):
                found.append(f"{path}:{getattr(node, 'lineno', 0)}: {text}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("customerSegment", "Segment"),
        ("accountProfile", "Profile"),
        ("plannedState.state", "Planned state"),
        ("plannedBillCycle.billCycle", "Planned bill cycle"),
        ("contact.email", "Email"),
        ("preferences.itemizedBill", "Itemized bill"),
        ("customer.refId", "Customer ID"),
        ("lastPlan.outcome", "Last plan outcome"),
        ("parentOfferSubscription.refId", "Parent offer subscription ID"),
    ],
)
def test_words_of_fields(field: str, words: str) -> None:
    from ocsportal.backoffice.words import field_words

    assert field_words(field) == words
