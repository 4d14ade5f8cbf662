"""The operations that are the same for every level, written once; each level declares them under its own names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ocsportal.entities.configuration import configured
from ocsportal.entities.life import changes
from ocsportal.entities.life.locking import lock
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.states import NamedPlan, NewState, PendingChange, State
from ocsportal.entities.store.writing import save, taken
from ocsportal.entities.values import canonical_text, merged_attributes
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.fields import Field
from ocsportal.transactions.given import Checked
from ocsportal.transactions.groups import AGENTS, OFFICE
from ocsportal.transactions.operation import Deed, Extra, Operation, Touched, operation
from ocsportal.values.texts import ID, LONGEST_NAME, NAME, name_of_length

# Writes one given value on an entity, in memory: (entity, value, merge) -> the columns it wrote.
Setter = Callable[[Any, Any, bool], Sequence[str]]

EXTERNAL_ID = Field(name="externalId", noun="external ID", kind=ID, example="cust-1a", starts=False)
CUSTOM_NAME = Field(name="customName", noun="name", kind=NAME, example="Nordwind Spedition")
GIVEN_NOTHING = "Give at least one field to change."


def checked_text(parameter: str, value: str, longest: int = LONGEST_NAME) -> str:
    """Return a name or another line of text as it is kept; raise REQUEST-VALIDATION for what none can be."""
    return canonical_text(name_of_length(longest), parameter, value)


def checked_id(external_id: str) -> str:
    """Return an external ID as it is kept; raise REQUEST-VALIDATION for outer blanks and what nobody sees."""
    return canonical_text(ID, "externalId", external_id)


def refuse_taken(model: type[Entity], external_id: str | None, besides: int | None = None) -> None:
    """Raise EXTERNAL-ID-NOT-UNIQUE when any entity of the kind, deactivated ones included, has this external ID.

    The database's own constraint holds the rule when two requests race; this makes for the kinder message.
    """
    if external_id is None:
        return
    if model._default_manager.filter(external_id=external_id).exclude(pk=besides).exists():
        raise taken(model, external_id)


def set_external_id(entity: Entity, external_id: str, merge: bool) -> Sequence[str]:
    """Give an entity another external ID; the old one no longer finds anything."""
    external_id = checked_id(external_id)
    refuse_taken(type(entity), external_id, entity.pk)
    entity.external_id = external_id
    return ["external_id"]


def plain_setter(field: Field) -> Setter:
    """Return what writes a declared field into the column that is called like it."""

    def set_plain(entity: Entity, value: str, merge: bool) -> Sequence[str]:
        setattr(entity, field.argument, canonical_text(field.kind, field.name, value))
        return [field.argument]

    return set_plain


def set_custom_attributes(entity: Entity, given: dict[str, str] | None, merge: bool) -> Sequence[str]:
    """Replace an entity's attributes, or merge into them."""
    entity.custom_attributes = merged_attributes(entity.custom_attributes, given, merge)
    return ["custom_attributes"]


def segment_setter(segments: type[ConfigurationItem], parameter: str) -> Setter:
    """Return what puts an entity into another segment of its kind."""

    def set_segment(entity: Any, code: str, merge: bool) -> Sequence[str]:
        entity.segment = configured(segments, code, parameter)
        return ["segment"]

    return set_segment


def state_permissions(model: type[Entity]) -> list[Extra]:
    """Return what changing a state needs beyond the operation's own permission: to deactivate, to plan, to cancel."""
    kind = str(model._meta.model_name)

    def deactivates(fields: dict[str, object], at: datetime) -> bool:
        new = fields.get("state")
        return isinstance(new, NewState) and new.state == State.DEACTIVATED

    def plans(fields: dict[str, object], at: datetime) -> bool:
        new = fields.get("state")
        if not isinstance(new, NewState):
            return False
        # A hold plans its end.
        later = new.state_valid_from is not None and new.state_valid_from > at
        return new.pending or later or new.state_valid_to is not None

    return [
        Extra(f"deactivate_{kind}", f"May deactivate a {kind}", deactivates),
        Extra(f"plan_{kind}_state", f"May plan a change of a {kind}'s state", plans),
        # The permission of the operation that cancels, which this does on the way; only the work knows whether it does.
        Extra(f"cancel_{kind}_state", f"May cancel {kind} state", lambda fields, at: False),
    ]


class Level:
    """The operations that a level shares with every other, entered into the table under its own names.

    `kind` is the level's name in operations and arguments: `customer` makes UpdateCustomerState, whose reference is
    `customer`. `setters` are what UpdateCustomer takes beside the external ID, name, attributes and segment.
    """

    def __init__(
        self,
        model: type[Entity],
        kind: str,
        *,
        segments: type[ConfigurationItem] | None = None,
        setters: Mapping[str, Setter] | None = None,
    ) -> None:
        self.model, self.kind = model, kind
        self.article = "an" if kind[0] in "aeiou" else "a"
        self.setters: dict[str, Setter] = {
            "external_id": set_external_id,
            "custom_name": plain_setter(CUSTOM_NAME),
            "custom_attributes": set_custom_attributes,
        }
        if segments is not None:
            self.setters[f"{kind}_segment"] = segment_setter(segments, f"{kind}Segment")
        self.setters |= setters or {}
        # The operations on the level's own declared fields, in the order in which they were declared.
        self.own: list[Operation] = []
        self.external_id = self.single(
            "ExternalId",
            "external_id",
            f"Change a {kind}'s external ID, at once; the old one no longer finds anything.",
            fields=[EXTERNAL_ID],
        )
        self.custom_name = self.single(
            "CustomName",
            "custom_name",
            f"Change a {kind}'s name as the operator knows it.",
            groups=AGENTS,
            fields=[CUSTOM_NAME],
        )
        self.custom_attributes = self.single(
            "CustomAttributes",
            "custom_attributes",
            f"Replace a {kind}'s attributes, or merge into them.",
            groups=AGENTS,
        )
        self.has_segment = segments is not None
        if self.has_segment:
            self.segment = self.single(
                "Segment", f"{kind}_segment", f"Put a {kind} into another segment.", groups=AGENTS
            )
        self.state = self._state()
        self.confirm = self._confirm()
        self.cancel = self._cancel()
        self.dismiss = self._dismiss()
        self.update = self._update()

    def locked(self, change: Change, named: Checked) -> Entity:
        """Take the reference out of an operation's arguments; return what it names, locked and live."""
        return lock(change, self.model, named.pop(self.kind), self.kind)

    def plain(self, field: Field, summary: str, *, groups: tuple[str, ...] = OFFICE) -> Operation:
        """Declare a field of the level, and the operation that sets it; UpdateCustomer sets it among others."""
        self.setters[field.argument] = plain_setter(field)
        made = self.single(field.in_names, field.argument, summary, groups=groups, fields=[field])
        self.own.append(made)
        return made

    def single(
        self,
        what: str,
        field: str,
        summary: str,
        *,
        groups: tuple[str, ...] = OFFICE,
        deed: Deed = "",
        fields: Iterable[Field] = (),
    ) -> Operation:
        """Declare the operation that sets one field: `what` is its name after UpdateCustomer."""

        def set_one(change: Change, *, merge: bool = False, **given: object) -> Touched:
            found = self.locked(change, given)
            save(change, found, *self.setters[field](found, given[field], merge))
            return Touched([found])

        set_one.__doc__ = summary
        name = f"Update{self.kind.capitalize()}{what}"
        return operation(name, self.model, groups=groups, deed=deed, fields=fields)(set_one)

    def _update(self) -> Operation:
        def set_several(change: Change, *, merge: bool = False, **given: object) -> Touched:
            if not given.keys() - {self.kind}:
                raise OperationRefused("REQUEST-VALIDATION", GIVEN_NOTHING, self.kind)
            found = self.locked(change, given)
            columns: list[str] = []
            for field, setter in self.setters.items():
                if field in given:
                    columns += setter(found, given[field], merge)
            save(change, found, *columns)
            return Touched([found])

        set_several.__doc__ = f"Change several of a {self.kind}'s fields at once, all or nothing."
        return operation(f"Update{self.kind.capitalize()}", self.model)(set_several)

    def _state(self) -> Operation:
        def update_state(
            change: Change,
            *,
            state: NewState,
            subordinate_updated: bool = False,
            pending_change: str = PendingChange.REFUSE,
            **named: object,
        ) -> Touched:
            found = self.locked(change, named)
            return changes.change_state(change, found, state, subordinate_updated, pending_change)

        update_state.__doc__ = (
            f"Activate, suspend, resume or deactivate a {self.kind}, at once or as a plan, "
            "with what is below it if asked."
        )
        name = f"Update{self.kind.capitalize()}State"
        also = state_permissions(self.model)
        return operation(name, self.model, groups=AGENTS, dangerous=True, also=also)(update_state)

    def _confirm(self) -> Operation:
        def confirm(
            change: Change,
            *,
            state: str | NamedPlan | None = None,
            state_valid_from: datetime | None = None,
            **named: object,
        ) -> Touched:
            return changes.confirm(change, self.locked(change, named), state, state_valid_from)

        confirm.__doc__ = f"Confirm {self.article} {self.kind}'s planned change, at its own date or another."
        return operation(f"Confirm{self.kind.capitalize()}State", self.model, deed="Plan confirmed")(confirm)

    def _cancel(self) -> Operation:
        def cancel(change: Change, *, state: str | NamedPlan | None = None, **named: object) -> Touched:
            return changes.cancel(change, self.locked(change, named), state)

        cancel.__doc__ = f"Cancel {self.article} {self.kind}'s planned change."
        return operation(f"Cancel{self.kind.capitalize()}State", self.model, deed="Plan cancelled")(cancel)

    def _dismiss(self) -> Operation:
        def dismiss(change: Change, **named: object) -> Touched:
            return changes.dismiss(change, self.locked(change, named))

        dismiss.__doc__ = f"Take {self.article} {self.kind}'s planned change that was refused when due as noted."
        name = f"Dismiss{self.kind.capitalize()}State"
        return operation(name, self.model, deed="Refused plan dismissed")(dismiss)
