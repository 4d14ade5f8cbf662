"""Erase a customer: whatever can be known of the person is taken out, here and below, for good (docs/privacy.md)."""

from collections.abc import Mapping

from django.db.models import Case, F, Model, Value, When
from django.db.models.functions import Coalesce

from customers.models import Customer, CustomerNote
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import erasing
from ocsportal.entities.life.locking import check_version, settled
from ocsportal.entities.models import Identified
from ocsportal.entities.store.reading import LOCK, fetch_locked, named, not_found
from ocsportal.transactions import erasure
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused, invalid, malformed
from ocsportal.transactions.groups import PROTECTORS
from ocsportal.transactions.operation import Touched, operation
from ocsportal.transactions.representation import instant, tells
from ocsportal.transactions.shapes import MOMENT, TEXT, WHOLE, entity, maybe
from ocsportal.transactions.touched import ToldItem

LIVE = "CASM-ERASE-LIVE"
ERASURE = "io.ocs.pbs.core.model.ErasureEx"
tells(
    ERASURE,
    entity(
        refId=TEXT, externalId=maybe(TEXT), erasedAt=MOMENT, businessTransactions=WHOLE, versions=WHOLE, ledgerEntries=WHOLE,
        entered=TEXT,
    ),
)  # fmt: skip


@operation("EraseCustomer", Customer, groups=PROTECTORS, deed="Erased", dangerous=True)
def erase_customer(change: Change, *, customer: Ref) -> Touched:
    """Take everything personal out of a deactivated customer and all below, from history and answers too, for good."""
    if not change.reason:
        raise invalid(
            [malformed("reason", "Say on whose demand or by which rule, here or in the header X-Ocs-Io-Reason.")]
        )
    if customer.ref_id is None and customer.external_id is None:
        raise OperationRefused("REQUEST-VALIDATION", "Give refId, externalId or both.", "customer")
    found = fetch_locked(Customer, named(customer), LOCK)
    if found is None:
        raise not_found(Customer, customer, "customer")
    found = settled(change, found)
    check_version(change, found)
    keys = erasing.keys_of_tree(found)
    refuse_live(keys)
    touched = erasing.empty(change, keys, _besides(change))
    taken = erasure.erase(found.pk, keys, _names(keys))
    item: ToldItem = {
        "name": "EraseCustomer",
        "object": {"refId": found.ref_id, "externalId": found.external_id, "erasedAt": instant(change.at), **taken},
        "objectType": ERASURE,
    }
    return Touched(touched, extra_items=[item], trees=[found])


def refuse_live(keys: erasure.Keys) -> None:
    """Raise CASM-ERASE-LIVE, naming it, when anything of a tree is not deactivated."""
    if still := erasing.live(keys):
        listed = ", ".join(f"{number} {name}" for name, number in still.items())
        words = f"Not deactivated yet: {listed}. Only who is deactivated with everything below can be erased."
        raise OperationRefused(LIVE, words, "customer")


def _besides(change: Change) -> Mapping[type[Model], Mapping[str, object]]:
    """Return what is written beside: since when the customer is erased; open notes are closed."""
    by = (change.on_behalf_of or change.actor.display_name)[:150]
    closed_by = Case(When(closed_at=None, then=Value(by)), default=F("closed_by"))
    return {
        Customer: {"always": True, "erased_at": Coalesce(F("erased_at"), Value(change.at))},
        CustomerNote: {"closed_at": Coalesce(F("closed_at"), Value(change.at)), "closed_by": closed_by},
    }


def _names(keys: erasure.Keys) -> set[str]:
    """Return the refIds by which answers tell of the rows of a tree; one statement for each model."""
    found: set[str] = set()
    for model, those in keys.items():
        if those and issubclass(model, Identified):
            found |= set(model._default_manager.filter(erasing.among("pk", those)).values_list("ref_id", flat=True))
    return found


def counts(customer: Customer) -> list[tuple[str, int]]:
    """Return what an erasure would take values out of, and how much of it; it changes nothing."""
    words = {"versions": "versions in histories", "answers": "answers and reasons kept for the audit"}
    found = erasure.counts(customer.pk, erasing.keys_of_tree(customer))
    return [(words.get(what, what), number) for what, number in found if number]
