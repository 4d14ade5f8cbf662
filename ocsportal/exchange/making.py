"""Make what the rows of a customer give, in memory, by the very functions that the operations make it with.

What they refuse becomes a refusal of the row; what only the database knows is asked afterwards, for a batch at once (batches.py).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db.models import Model

from accounts import preferences
from accounts.models import Account
from accounts.operations import make_account
from accounts.operations.bringing import bring_cycle
from balances.models import Balance, LedgerEntry
from balances.operations.bringing import bring_balance
from customers import contact
from customers.models import Customer
from customers.operations import make_customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import changes
from ocsportal.entities.life.cascade import mark
from ocsportal.entities.life.entering import set_columns
from ocsportal.entities.models import Entity
from ocsportal.entities.states import NewState, State
from ocsportal.entities.store.gathering import Gathered
from ocsportal.entities.values import canonical_attributes
from ocsportal.exchange.given import INVALID, Given, Part, Refused
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused, invalid, malformed, refuse
from ocsportal.values.reading import STRICT, Refusal
from ocsportal.values.texts import ID, NAME
from offers.models import Subscription
from offers.operations.bringing import bring_subscription
from subscribers.models import Subscriber
from subscribers.operations import make_subscriber
from subscribers.operations.bringing import bring_former, bring_resources, end_all, known_by

MODELS: dict[str, type[Entity]] = {
    "customer": Customer,
    "account": Account,
    "subscriber": Subscriber,
    "subscription": Subscription,
}
# What an operation calls a parameter, where the file calls it otherwise.
RENAMED = {"state.": "", "customAttributes.": "attribute.", "offerAttributes.": "offerAttribute."}
ARGUMENTS = {
    "customer": ("customer_profile", "customer_segment", "test_customer"),
    "account": (
        "account_profile", "account_type", "account_segment", "bill_cycle", "billing_day", "billing_month", "billing_year",
        "currency", "payment_responsible", "test_account", "tax_exemption", "tax_residence", "preferences",
    ),
    "subscriber": ("subscriber_profile", "subscriber_segment"),
}  # fmt: skip
# Where an apostrophe alone says that there is none, whatever the profile has.
SEGMENTS = {"customer_segment", "account_segment", "subscriber_segment"}


class Maker:
    """Makes what one customer's rows give."""

    def __init__(self, change: Change, given: Given, gathered: Gathered) -> None:
        self.change, self.given, self.gathered = change, given, gathered
        self.made: dict[int, Entity] = {}
        self.parts: dict[Entity, Part] = {}

    def make(self) -> None:
        """Make all of it; note on what is given whatever is refused, the rest of the customer's rows notwithstanding."""
        for part in self._in_order():
            parent = self.given.named(part.level, part.text("parent") or "")
            hangs = [above for above in (part.above, parent) if above is not None]
            whole = part.level != "subscription" or (part.above is not None and "offer" in part.values)
            # Where what it hangs on was refused it is told there, and of an incomplete subscription where it was read.
            if whole and all(id(above) in self.made for above in hangs):
                self._refusing(part, self._made)
        assert self.given.refused or len(self.made) == sum(map(len, self.given.parts.values()))

    def _in_order(self) -> Iterator[Part]:
        for level in ("customer", "account", "subscriber", "subscription"):
            parts = self.given.parts[level]
            yield from self._parents_first(parts)

    def _parents_first(self, parts: list[Part]) -> Iterator[Part]:
        """Yield accounts or subscriptions each after its parent; what hangs in a circle is refused."""
        waiting = list(parts)
        while waiting:
            names = {part.name for part in waiting if part.name}
            ready = [part for part in waiting if part.text("parent") not in names]
            if not ready:
                for part in waiting:
                    column = f"{part.level}.{'parent' if part.level == 'account' else 'parentOfferSubscription'}"
                    self.given.refused.append(part.fault(column, "CASM-HIERARCHY", "The parents make a circle."))
                return
            yield from ready
            done = {id(part) for part in ready}
            waiting = [part for part in waiting if id(part) not in done]

    def _refusing(self, part: Part, work: Callable[[Part], None]) -> None:
        try:
            work(part)
        except OperationRefused as refusal:
            faults = [told(part, fault) for fault in refusal.faults]
            columns = {fault.column for fault in faults}
            faults += [found for found in map(partial(told, part), _malformed(part)) if found.column not in columns]
            # That a value is missing follows from its cell, of which it is told already that it can't be read.
            self.given.refused += [fault for fault in faults if fault.column not in part.broken]

    def _made(self, part: Part) -> None:
        entity = getattr(self, f"_{part.level}")(part)
        self.made[id(part)] = entity
        self.parts[entity] = part
        for slot in SEGMENTS & part.values.keys():
            if part.values[slot] == "":
                set_columns(entity, {"segment": None})
        self._live_below(part, entity)
        self._bring_state(part, entity)

    def _customer(self, part: Part) -> Customer:
        return make_customer(
            self.change,
            **self._common(part),
            **_arguments(part),
            contact=part.map("contact") or None,
            state=_state(part, None),
        )

    def _account(self, part: Part) -> Account:
        above = self._above(part)
        parent = part.text("parent")
        standing = self._named("account", parent)
        account, made = make_account(
            self.change,
            **self._common(part),
            **_arguments(part),
            customer=_ref(above) if above else None,
            parent=_ref(standing) if standing else Ref(external_id=parent) if parent else None,
            state=_state(part, *self._ended(standing, above)),
        )
        for customer in made:
            assert isinstance(customer, Customer)
        bring_cycle(
            self.change,
            account,
            part.values.get("cycle_valid_from"),
            part.map("planned_cycle"),
        )
        return account

    def _subscriber(self, part: Part) -> Subscriber:
        above = self._above(part)
        if above is not None and not isinstance(above, Account):
            raise refuse(malformed("account", "Is required: say which of the customer's accounts it hangs under."))
        subscriber = cast(
            Subscriber,
            make_subscriber(
                self.change,
                **self._common(part),
                **_arguments(part),
                account=_ref(above) if above else None,
                state=_state(part, *self._ended(above)),
            )[0],
        )
        made = bring_resources(self.change, subscriber, part.map("resources"), part.map("resources_from"))
        known_by(subscriber, part.text("primary"), made)
        for former in part.former:
            bring_former(self.change, subscriber, former)
        if subscriber.is_deactivated:
            end_all(subscriber, made)
        return subscriber

    def _subscription(self, part: Part) -> Subscription:
        owner = self._above(part)
        assert owner is not None
        assert part.above is not None
        parent = part.text("parent")
        standing = self._named("subscription", parent)
        made = bring_subscription(
            self.change,
            part.above.level,
            _ref(owner),
            part.text("offer") or "",
            _state(part, *self._ended(standing, owner)) or NewState(brought=True),
            number=part.values.get("number"),
            currency=part.text("currency") or None,
            attributes=part.map("offer_attributes"),
            parent_offer_subscription=_ref(standing) if standing else Ref(external_id=parent) if parent else None,
            priority=part.values.get("priority"),
            **self._common(part),
        )
        self._balances(part, made)
        return cast(Subscription, made[0])

    def _balances(self, part: Part, made: Sequence[Model]) -> None:
        balances = {row.service.code: row for row in made if isinstance(row, Balance)}
        entries = {row.balance_id: row for row in self.gathered.last(LedgerEntry, len(balances))} if balances else {}
        faults = []
        for code, brought in part.balances.items():
            if code not in balances:
                words = f"The offer has no balance of {code!r}; it has {', '.join(balances) or 'none'}."
                faults.append(Fault("CASM-BALANCE-NOT-FOUND", f"balance.{code}.{next(iter(brought))}", words))
                continue
            balance = balances[code]
            faults += bring_balance(self.change, balance, entries[balance.pk], brought, f"balance.{code}.")
        if faults:
            raise invalid(faults)

    def _common(self, part: Part) -> dict[str, Any]:
        return {
            "external_id": part.values.get("external_id"),
            "custom_name": part.values.get("custom_name"),
            "custom_attributes": part.map("custom_attributes") or None,
        }

    def _above(self, part: Part) -> Entity | None:
        return self.made[id(part.above)] if part.above is not None else None

    def _named(self, level: str, name: str | None) -> Entity | None:
        """Return what was made of the part that a name means, None when it is none of these rows."""
        part = self.given.named(level, name or "")
        return self.made.get(id(part)) if part is not None else None

    @staticmethod
    def _ended(*above: Entity | None) -> tuple[Entity | None]:
        """Return the first of what is above that is deactivated."""
        return (next((entity for entity in above if entity is not None and entity.is_deactivated), None),)

    def _live_below(self, part: Part, entity: Entity) -> None:
        parent = self._named(part.level, part.text("parent"))
        ended = self._ended(parent, self._above(part))[0]
        if ended is not None and not entity.is_deactivated:
            words = (
                f"The {ended._meta.verbose_name} above is DEACTIVATED, so nothing below can be {entity.state}; "
                "leave the state empty or make it DEACTIVATED."
            )
            raise OperationRefused("CASM-STATE-DEACTIVATED", words, "state.state")

    def _bring_state(self, part: Part, entity: Entity) -> None:
        if planned := part.map("planned"):
            _bring_plan(self.change, entity, planned)
        if last := part.map("last_plan"):
            changes.bring_last_plan(entity, last)
        imposed = part.text("imposed")
        if imposed:
            entity.state_imposed_by = mark(self._imposing(part, imposed))
        elif part.text("state") is None and entity.is_deactivated:
            # As the cascade would have ended it.
            above = self._ended(self._named(part.level, part.text("parent")), self._above(part))[0]
            entity.state_imposed_by = above.state_imposed_by or mark(above) if above is not None else ""

    def _imposing(self, part: Part, word: str) -> Entity:
        """Return what is above and imposed a state: `customer`, `subscriber`, `account`, or `account NAME` for a higher one."""
        level, _, name = word.partition(" ")
        above: Part | None = part.above
        while above is not None and above.level != level:
            above = above.above
        found = self._named(level, name) if name else None if above is None else self.made[id(above)]
        if found is None or level == "subscription":
            words = (
                "Must be what is above: customer, account, subscriber, or account and the external ID of a higher one."
            )
            raise refuse(malformed("stateImposedBy", words))
        return found


def _malformed(part: Part) -> Iterator[Fault]:
    """Yield what else is wrong with the texts of a part that was refused, so that all of it can be mended at once."""
    for slot, name, kind in (("external_id", "externalId", ID), ("custom_name", "customName", NAME)):
        try:
            kind.canonical(part.text(slot) or "x", STRICT)
        except Refusal as refusal:
            yield malformed(name, refusal.message)
    yield from canonical_attributes("customAttributes", part.map("custom_attributes"))[1]
    yield from contact.understood(part.values.get("contact") or {})[1]
    yield from preferences.understood(part.map("preferences"))[1]


def told(part: Part, fault: Fault) -> Refused:
    """Return what an operation refused as a refusal of the row, by the column that says it."""
    name = fault.parameter
    if not name.startswith("balance."):
        for called, ours in RENAMED.items():
            name = ours + name.removeprefix(called) if name.startswith(called) else name
        name = f"{part.level}.{name}" if name else f"{part.level}.externalId"
        if name == f"{part.level}.customer" or name == f"{part.level}.account":
            name = f"{name.partition('.')[2]}.externalId"
    return part.fault(name, fault.code, fault.message)


def _ref(entity: Entity) -> Ref:
    return Ref(ref_id=entity.ref_id)


def _arguments(part: Part) -> dict[str, Any]:
    given = {name: part.values[name] for name in ARGUMENTS[part.level] if name in part.values}
    return {name: value for name, value in given.items() if value != "" or name not in SEGMENTS}


def _state(part: Part, ended: Entity | None) -> NewState | None:
    """Return the state that is given, else that of what is above and has ended; None to leave it to the profile."""
    state, reason = part.text("state"), part.text("stateReason")
    since = part.values.get("stateValidFrom")
    if state is None and ended is not None:
        reason, since = reason or ended.state_reason.code, since or ended.state_valid_from
        return NewState(state=ended.state, state_reason=reason, state_valid_from=since, brought=True)
    if state is None and reason is None and since is None:
        return None
    if state is not None and state not in State.values:
        raise OperationRefused(INVALID, f"Must be one of {', '.join(State.values)}.", "state.state")
    return NewState(state=state, state_reason=reason, state_valid_from=since, brought=True)


def _bring_plan(change: Change, entity: Entity, planned: dict[str, object]) -> None:
    needed = ("state", "stateReason", "stateValidFrom")
    if faults := [malformed(f"plannedState.{name}", "Is required.") for name in needed if not planned.get(name)]:
        raise invalid(faults)
    if planned["state"] not in State.values:
        raise refuse(malformed("plannedState.state", f"Must be one of {', '.join(State.values)}."))
    new = NewState(
        state=str(planned["state"]),
        state_reason=str(planned["stateReason"]),
        state_valid_from=cast(datetime, planned["stateValidFrom"]),
        state_valid_to=cast("datetime | None", planned.get("stateValidTo")),
        pending=bool(planned.get("pending")),
    )
    try:
        changes.bring_plan(change, entity, new, bool(planned.get("subordinates")))
    except OperationRefused as refusal:
        refusal.faults = tuple(
            Fault(fault.code, fault.parameter.replace("state.", "plannedState.", 1), fault.message)
            for fault in refusal.faults
        )
        raise
