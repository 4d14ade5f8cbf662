"""What an export says of an entity: the cells of its columns, by their names, as an import understands them again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.models import Account
from accounts.preferences import PREFERENCE_NAMES
from balances.models import Balance
from customers.contact import WIRE_NAMES
from customers.models import Customer
from ocsportal.entities.decimals import plain
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.representation import last_plan_json, planned_json
from ocsportal.exchange.cells import guard
from ocsportal.transactions.representation import instant
from offers.models import Subscription
from subscribers.models import Subscriber, SubscriberResource

Cells = dict[str, str]
# Instants that tell when something was entered have microseconds; all that the portal takes is to the millisecond.
NONE = guard("")


def text(value: object) -> str:
    """Return a value as a cell; empty for what is not there."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant(value) or ""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value) if isinstance(value, int) else guard(str(value))


def name_of(entity: Entity) -> str:
    """Return what names an entity in a file: its external ID, else its refId, which is a key there."""
    return entity.external_id or entity.ref_id


def identity(level: str, entity: Entity) -> Cells:
    """Return the cell that names an entity."""
    return {f"{level}.{'externalId' if entity.external_id else 'key'}": text(name_of(entity))}


def _common(level: str, entity: Entity) -> Cells:
    planned, last = planned_json(entity) or {}, last_plan_json(entity) or {}
    if planned:
        planned |= {"stateReason": code(entity.plan_reason)}
    if last:
        last |= {"stateReason": code(entity.last_plan_reason)}
    return {
        **identity(level, entity),
        f"{level}.customName": text(entity.custom_name),
        **{f"{level}.attribute.{key}": guard(value) for key, value in entity.custom_attributes.items()},
        f"{level}.state": entity.state,
        f"{level}.stateReason": entity.state_reason.code,
        f"{level}.stateValidFrom": text(entity.state_valid_from),
        **{f"{level}.plannedState.{name}": text(value) for name, value in planned.items()},
        **{f"{level}.lastPlan.{name}": text(value) for name, value in last.items()},
    }


def code(item: ConfigurationItem | None) -> str:
    """Return the code of a configuration item, empty for none."""
    return item.code if item is not None else ""


def _profiled(level: str, entity: Any) -> Cells:
    """Return profile and segment; that there is no segment is said where the profile would give one."""
    profile, segment = entity.profile, entity.segment
    bare = NONE if profile is not None and profile.segment_id is not None else ""
    return {f"{level}.{level}Profile": code(profile), f"{level}.{level}Segment": code(segment) or bare}


def customer_cells(customer: Customer) -> Cells:
    """Return the cells of a customer."""
    contact = {
        f"customer.contact.{wire}": text(getattr(customer, f"contact_{name}")) for name, wire in WIRE_NAMES.items()
    }
    return {
        **_common("customer", customer),
        **_profiled("customer", customer),
        "customer.testCustomer": text(customer.test_customer),
        **contact,
    }


def account_cells(account: Account, parent: Account | None) -> Cells:
    """Return the cells of an account."""
    cells = {
        **_common("account", account),
        **_profiled("account", account),
        "account.parent": text(name_of(parent)) if parent else "",
        "account.accountType": code(account.account_type),
        "account.billCycle": code(account.bill_cycle),
        "account.billingDay": text(account.billing_day),
        "account.billingMonth": text(account.billing_month),
        "account.billingYear": text(account.billing_year),
        "account.cycleValidFrom": text(account.cycle_valid_from),
        "account.currency": code(account.currency),
        "account.testAccount": text(account.test_account),
        "account.taxExemption": text(account.tax_exemption),
        "account.taxResidence": text(account.tax_residence),
    }
    for name, wire in PREFERENCE_NAMES.items():
        cells[f"account.preferences.{wire}"] = text(getattr(account, f"preference_{name}"))
    if account.has_cycle_plan:
        cells["account.plannedBillCycle.billCycle"] = code(account.planned_cycle)
        cells["account.plannedBillCycle.billingDay"] = text(account.planned_billing_day)
        cells["account.plannedBillCycle.billingMonth"] = text(account.planned_billing_month)
        cells["account.plannedBillCycle.billingYear"] = text(account.planned_billing_year)
        cells["account.plannedBillCycle.validFrom"] = text(account.planned_cycle_from)
    return cells


def subscriber_cells(subscriber: Subscriber, resources: list[SubscriberResource]) -> Cells:
    """Return the cells of a subscriber with the resources that it has, or had until it was deactivated."""
    cells = {**_common("subscriber", subscriber), **_profiled("subscriber", subscriber)}
    for resource in _present(subscriber, resources).values():
        kind = resource.resource_type.code
        cells[f"subscriber.resource.{kind}"] = text(resource.value)
        cells[f"subscriber.resourceValidFrom.{kind}"] = text(resource.valid_from)
        if resource.resource_type_id == subscriber.primary_resource_type_id:
            cells["subscriber.primaryResourceType"] = kind
    return cells


def former_cells(subscriber: Subscriber, resources: list[SubscriberResource]) -> list[Cells]:
    """Return the cells of each other resource, which it had once."""
    present = {resource.pk for resource in _present(subscriber, resources).values()}
    return [
        {
            "subscriber.former.resourceType": resource.resource_type.code,
            "subscriber.former.resource": text(resource.value),
            "subscriber.former.validFrom": text(resource.valid_from),
            "subscriber.former.validTo": text(resource.valid_to),
        }
        for resource in resources
        if resource.pk not in present
    ]


def _present(subscriber: Subscriber, resources: list[SubscriberResource]) -> dict[int, SubscriberResource]:
    """Return by type what a subscriber has, or had until it was deactivated."""
    found: dict[int, SubscriberResource] = {}
    for resource in resources:
        ended = max(resource.valid_from, subscriber.state_valid_from)
        if resource.valid_to is None or (subscriber.is_deactivated and resource.valid_to == ended):
            found[resource.resource_type_id] = resource
    return found


def subscription_cells(
    subscription: Subscription, parent: Subscription | None, balances: list[Balance], ends: Callable[[Balance], bool]
) -> Cells:
    """Return the cells of a subscription and its balances; `ends` says whether the offer gives a balance an end."""
    cells = {
        **_common("subscription", subscription),
        "subscription.offer": code(subscription.offer),
        "subscription.offerVersion": text(subscription.offer_version.number),
        "subscription.currency": code(subscription.currency),
        "subscription.priority": text(subscription.priority),
        "subscription.parentOfferSubscription": text(name_of(parent)) if parent else "",
    }
    for service, values in subscription.offer_attributes.items():
        for name, value in values.items():
            cells[f"subscription.offerAttribute.{service}.{name}"] = text(value)
    for balance in balances:
        prefix = f"balance.{balance.service.code}."
        cells[f"{prefix}granted"] = plain(balance.granted)
        cells[f"{prefix}actual"] = plain(balance.actual)
        cells[f"{prefix}validFrom"] = text(balance.valid_from)
        cells[f"{prefix}validTo"] = text(balance.valid_to) or (NONE if ends(balance) else "")
    return cells
