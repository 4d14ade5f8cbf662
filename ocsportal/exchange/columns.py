"""The columns of the file, declared once: import reads by them, export writes by them, docs/importing.md lists them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.preferences import FLAGS, PREFERENCE_NAMES
from customers.contact import WIRE_NAMES
from ocsportal.entities.values import read_instant
from offers.attributes import ATTRIBUTES, AttributeKind

Read = Callable[[str], object]
LEVELS = ("customer", "account", "subscriber", "subscription")
WORDS = {"true": True, "false": False}


def plain_text(text: str) -> object:
    """Return a text as it is: what it means is for the operation to say."""
    return text


def flag(text: str) -> bool:
    """Return true or false; raise ValueError for any other word."""
    found = WORDS.get(text.lower())
    if found is None:
        raise ValueError("Must be true or false.")
    return found


def whole(text: str) -> int:
    """Return a whole number; raise ValueError for anything else."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise ValueError("Must be a whole number.")
    return int(text)


def moment(text: str) -> datetime:
    """Return an instant as REST takes it; raise ValueError for anything else."""
    return read_instant(text)


def percentages(text: str) -> list[str]:
    """Return percentages that stand beside each other, with blanks between them."""
    return text.split()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: whose it is, what it is called there, and how its cells are read."""

    level: str
    # Below the level, as in `contact.email`.
    name: str
    # Under what the value is given: an argument of the operation, or one that this package knows.
    slot: str
    # Its place in a value that is a map: the part of a contact, the key of an attribute, the code of a service.
    key: str = ""
    read: Read = plain_text
    # Whether digits are a name there, which a spreadsheet ruins when it takes them for a number.
    number: bool = False
    explains: str = ""

    @property
    def whole_name(self) -> str:
        """The name in the header."""
        return f"{self.level}.{self.name}"


def _state(level: str) -> Iterator[Column]:
    yield Column(level, "state", "state", explains="`INACTIVE`, `ACTIVE`, `SUSPENDED` or `DEACTIVATED`")
    yield Column(level, "stateReason", "stateReason", explains="the code of a reason for that state")
    yield Column(level, "stateValidFrom", "stateValidFrom", read=moment, explains="since when; by default now")
    yield Column(
        level, "stateImposedBy", "imposed", explains="what above put it there: `customer`, `account`, `subscriber`"
    )
    planned = "what is planned next"
    yield Column(level, "plannedState.state", "planned", "state", explains=planned)
    yield Column(level, "plannedState.stateReason", "planned", "stateReason", explains=planned)
    yield Column(level, "plannedState.stateValidFrom", "planned", "stateValidFrom", moment, explains=planned)
    yield Column(level, "plannedState.stateValidTo", "planned", "stateValidTo", moment, explains="the end of a hold")
    yield Column(level, "plannedState.pending", "planned", "pending", flag, explains="whether it waits for a decision")
    yield Column(
        level, "plannedState.subordinateUpdated", "planned", "subordinates", flag, explains="whether it reaches below"
    )
    last = "what became of the last plan"
    for name in ("state", "stateReason", "outcome", "code", "message"):
        yield Column(level, f"lastPlan.{name}", "last_plan", name, explains=last)
    for name in ("stateValidFrom", "at"):
        yield Column(level, f"lastPlan.{name}", "last_plan", name, moment, explains=last)


def _identity(level: str) -> Iterator[Column]:
    yield Column(level, "externalId", "external_id", number=True, explains="unique per level, for ever")
    yield Column(
        level, "key", "key", number=True, explains="what ties rows together where there is no external ID; kept nowhere"
    )
    yield Column(level, "customName", "custom_name")


def _customer() -> Iterator[Column]:
    yield from _identity("customer")
    yield Column("customer", "customerProfile", "customer_profile")
    yield Column("customer", "customerSegment", "customer_segment")
    yield Column("customer", "testCustomer", "test_customer", read=flag)
    for argument, wire in WIRE_NAMES.items():
        bare = argument in ("phone", "postal_code", "tax_number")
        yield Column("customer", f"contact.{wire}", "contact", argument, number=bare)
    yield from _state("customer")


def _account() -> Iterator[Column]:
    yield from _identity("account")
    yield Column(
        "account", "parent", "parent", number=True, explains="external ID or key of an account of the customer"
    )
    for name, slot in (
        ("accountProfile", "account_profile"),
        ("accountType", "account_type"),
        ("accountSegment", "account_segment"),
        ("currency", "currency"),
        ("billCycle", "bill_cycle"),
        ("taxResidence", "tax_residence"),
    ):
        yield Column("account", name, slot)
    for name, slot in (
        ("billingDay", "billing_day"),
        ("billingMonth", "billing_month"),
        ("billingYear", "billing_year"),
    ):
        yield Column("account", name, slot, read=whole)
        yield Column("account", f"plannedBillCycle.{name}", "planned_cycle", slot, whole)
    yield Column("account", "cycleValidFrom", "cycle_valid_from", read=moment, explains="since when the bill cycle")
    yield Column("account", "plannedBillCycle.billCycle", "planned_cycle", "bill_cycle")
    yield Column("account", "plannedBillCycle.validFrom", "planned_cycle", "valid_from", moment)
    for name, slot in (
        ("paymentResponsible", "payment_responsible"),
        ("testAccount", "test_account"),
        ("taxExemption", "tax_exemption"),
    ):
        yield Column("account", name, slot, read=flag)
    for argument, wire in PREFERENCE_NAMES.items():
        yield Column(
            "account", f"preferences.{wire}", "preferences", argument, flag if argument in FLAGS else plain_text
        )
    yield from _state("account")


def _subscriber() -> Iterator[Column]:
    yield from _identity("subscriber")
    yield Column("subscriber", "subscriberProfile", "subscriber_profile")
    yield Column("subscriber", "subscriberSegment", "subscriber_segment")
    yield Column("subscriber", "primaryResourceType", "primary", explains="the type that it is known by")
    former = "a resource that it had once, one a row"
    yield Column("subscriber", "former.resourceType", "former", "type", explains=former)
    yield Column("subscriber", "former.resource", "former", "value", number=True, explains=former)
    yield Column("subscriber", "former.validFrom", "former", "valid_from", moment, explains=former)
    yield Column("subscriber", "former.validTo", "former", "valid_to", moment, explains=former)
    yield from _state("subscriber")


def _subscription() -> Iterator[Column]:
    yield from _identity("subscription")
    yield Column("subscription", "offer", "offer")
    yield Column(
        "subscription", "offerVersion", "number", read=whole, explains="by default the newest that covers the start"
    )
    yield Column("subscription", "currency", "currency", explains="by default as on subscribing")
    yield Column("subscription", "priority", "priority", read=whole)
    yield Column(
        "subscription", "parentOfferSubscription", "parent", number=True, explains="external ID or key of another one"
    )
    yield from _state("subscription")


FIXED: dict[str, Column] = {
    column.whole_name: column for kind in (_customer, _account, _subscriber, _subscription) for column in kind()
}
BALANCE: dict[str, Read] = {"granted": plain_text, "actual": plain_text, "validFrom": moment, "validTo": moment}
ATTRIBUTE_KINDS = {entry.name: entry.kind for entries in ATTRIBUTES.values() for entry in entries}
ATTRIBUTE_READS: dict[AttributeKind, Read] = {
    AttributeKind.WHOLE: whole,
    AttributeKind.FLAG: flag,
    AttributeKind.THRESHOLDS: percentages,
}
# Names that end in what the installation or the file has: an attribute's key, the code of a type or a service.
OPEN = {
    "subscriber.resource.": Column("subscriber", "", "resources", number=True),
    "subscriber.resourceValidFrom.": Column("subscriber", "", "resources_from", read=moment),
    **{f"{level}.attribute.": Column(level, "", "custom_attributes") for level in LEVELS},
}


def column_of(name: str) -> Column | None:
    """Return the column of a name in the header, None when there is none."""
    if name in FIXED:
        return FIXED[name]
    for prefix, form in OPEN.items():
        if name.startswith(prefix) and (key := name.removeprefix(prefix)):
            return replace(form, name=name.partition(".")[2], key=key)
    level, _, rest = name.partition(".")
    code, _, last = rest.rpartition(".")
    if level == "balance" and code and last in BALANCE:
        return Column("balance", rest, last, code, BALANCE[last])
    if level == "subscription" and rest.startswith("offerAttribute.") and last in ATTRIBUTE_KINDS and "." in code:
        service = code.partition(".")[2]
        reads = ATTRIBUTE_READS.get(ATTRIBUTE_KINDS[last], plain_text)
        return Column("subscription", rest, "offer_attributes", f"{service}.{last}", reads)
    return None


def shown_names() -> list[str]:
    """Return all names, with the open ends in capitals: what a header may say."""
    ends = {"resource.": "TYPE", "resourceValidFrom.": "TYPE", "attribute.": "KEY"}
    return [
        *FIXED,
        *(prefix + ends[prefix.partition(".")[2]] for prefix in OPEN),
        "subscription.offerAttribute.SERVICE.NAME",
        *(f"balance.SERVICE.{last}" for last in BALANCE),
    ]
