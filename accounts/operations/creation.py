"""Make accounts: by profile or by attributes, under a customer that stands or one that is made with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from accounts.billing import Plan
from accounts.hierarchy import refuse_currency, refuse_place
from accounts.models import Account, AccountProfile, AccountSegment, AccountType, BillCycle, Currency
from accounts.operations.fields import checked_residence
from accounts.periods import EARLIEST
from accounts.preferences import set_preferences
from customers.models import Customer
from customers.operations import make_customer
from ocsportal.entities import shared
from ocsportal.entities.configuration import configured_or_none
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import changes
from ocsportal.entities.life.locking import hold
from ocsportal.entities.states import NewState
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.entities.values import merged_attributes
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, Stale, invalid, malformed
from ocsportal.transactions.operation import Touched, operation


@dataclass(frozen=True)
class _Terms:
    """What a new account is to be: from the request, else from its profile."""

    profile: AccountProfile | None
    kind: AccountType
    segment: AccountSegment | None
    plan: Plan
    currency: Currency | None


@operation("CreateAccount", Account)
def create_account(change: Change, **given: Any) -> Touched:
    """Create an account by profile or by its attributes; what the request says overrides the profile."""
    if change.if_match is not None:
        raise Stale
    account, made = make_account(change, **given)
    return Touched([account, *made])


def make_account(
    change: Change,
    *,
    customer: Ref | None = None,
    parent: Ref | None = None,
    external_id: str | None = None,
    custom_name: str | None = None,
    custom_attributes: dict[str, str] | None = None,
    state: NewState | None = None,
    test_account: bool | None = None,
    preferences: dict[str, object] | None = None,
    tax_exemption: bool | None = None,
    tax_residence: str | None = None,
    **asked: Any,
) -> tuple[Account, Sequence[Model]]:
    """Make an account inside the operation under way; return it, and the customer when that was made with it.

    Raise REQUEST-VALIDATION for what neither the request nor a profile gives, CASM-HIERARCHY for a place in the tree
    that the rules forbid (docs/accounts.md).
    """
    profile = configured_or_none(AccountProfile, asked.pop("account_profile", None), "accountProfile")
    state_of, reason_of = (profile.state, profile.state_reason) if profile else (None, None)
    missing = changes.missing_first(state, state_of, reason_of)
    terms = _terms(profile, missing, has_owner=bool(customer or parent), **asked)
    first = changes.first_state(change, state, state_of, reason_of)
    if external_id is not None:
        external_id = shared.checked_id(external_id)
    owner, above, made = _place(change, terms, customer, parent)
    payer = refuse_place(owner, terms.kind, above)
    currency = terms.currency or (payer.currency if payer else None)
    if currency is None:
        raise invalid([malformed("currency", changes.NO_PROFILE)])
    refuse_currency(currency, terms.kind, payer)
    account = new(
        Account,
        customer=owner,
        parent=above,
        profile=terms.profile,
        account_type=terms.kind,
        segment=terms.segment,
        currency=currency,
        bill_cycle=terms.plan.cycle,
        **terms.plan.own,
        external_id=external_id,
        custom_name=shared.checked_text("customName", custom_name) if custom_name is not None else "",
        custom_attributes=merged_attributes({}, custom_attributes, merge=False),
        test_account=bool(test_account),
        tax_exemption=bool(tax_exemption),
        tax_residence=checked_residence(tax_residence),
        created_at=change.written_at,
        changed_at=change.written_at,
    )
    account.state, account.state_reason, account.state_valid_from = first
    account.cycle_valid_from = max(account.state_valid_from, EARLIEST)
    set_preferences(account, preferences, merge=False)
    insert(account)
    return account, made


def _terms(
    profile: AccountProfile | None,
    missing: list[Fault],
    *,
    has_owner: bool,
    account_type: str | None = None,
    account_segment: str | None = None,
    bill_cycle: str | None = None,
    billing_day: int | None = None,
    billing_month: int | None = None,
    billing_year: int | None = None,
    currency: str | None = None,
    payment_responsible: bool | None = None,
) -> _Terms:
    kind = configured_or_none(AccountType, account_type, "accountType") or (profile.account_type if profile else None)
    cycle = configured_or_none(BillCycle, bill_cycle, "billCycle") or (profile.bill_cycle if profile else None)
    money = configured_or_none(Currency, currency, "currency") or (profile.currency if profile else None)
    segment = configured_or_none(AccountSegment, account_segment, "accountSegment")
    # A technical account has its payer's currency, so that with a profile it need not be told.
    inherits = profile is not None and kind is not None and not kind.payment_responsible
    needed: dict[str, object] = {"accountType": kind, "billCycle": cycle, "currency": money or inherits}
    if not has_owner:
        needed["customer"] = profile.customer_profile if profile else None
    faults = [malformed(name, changes.NO_PROFILE) for name, value in needed.items() if not value]
    if faults := [*faults, *missing]:
        raise invalid(faults)
    assert kind
    assert cycle
    if payment_responsible not in (None, kind.payment_responsible):
        words = "pay themselves" if kind.payment_responsible else "don't pay themselves"
        raise invalid([malformed("paymentResponsible", f"Accounts of the type {kind.code} {words}.")])
    plan = Plan(cycle, billing_day, billing_month, billing_year)
    if wrong := plan.faults():
        raise invalid(wrong)
    return _Terms(profile, kind, segment or (profile.segment if profile else None), plan, money)


def _place(
    change: Change, terms: _Terms, customer: Ref | None, parent: Ref | None
) -> tuple[Customer, Account | None, list[Model]]:
    """Return the customer, the parent, and what had to be made; whatever stands is held."""
    made: list[Model] = []
    owner = hold(change, Customer, customer, "customer") if customer else None
    above = hold(change, Account, parent, "parent") if parent else None
    if owner is None:
        # The parent's customer is the only one that it can be.
        if above is not None:
            return above.customer, above, made
        assert terms.profile is not None
        assert terms.profile.customer_profile is not None
        owner = make_customer(change, customer_profile=terms.profile.customer_profile.code)
        made.append(owner)
    return owner, above, made
