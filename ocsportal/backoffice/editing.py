"""Edit: all fields of an entity in one form, of which only what was changed is written (docs/portal.md, one form per call).

A level declares its parts: one operation each, with the fields that it writes. The form keeps what stood when it was drawn,
field by field, and compares that with what stands when it is sent. What others changed meanwhile in other fields stays
as they left it; where both changed the same one, nothing is written, and the page says what it is now and who it was.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from ocsportal.backoffice.forms import AttributesField, attribute_lines
from ocsportal.backoffice.macros import NOTHING, Macro, MacroForm, Step, ToldStep
from ocsportal.backoffice.meanwhile import Changed
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import Verb
from ocsportal.backoffice.words import choose, who_can
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.shared import Level
from ocsportal.transactions.columns import column, target_of
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation
from ocsportal.values.texts import NAME

NAME_FIELD, ATTRIBUTES = "custom_name", "custom_attributes"
BOTH = "{who} has changed this in the meantime, to {now}. Yours is still here: confirm again to overwrite it."


def _as_it_is(name: str, value: object) -> object:
    return value


@dataclass(frozen=True)
class EditPart:
    """What Edit writes with one operation.

    `fields` makes the form's fields for an entity, `stands` says what they hold now, in their clean form, and `given` makes
    the operation's arguments of those that were changed. `typed` is how a value is written in its field.
    """

    operation: Operation
    fields: Callable[[Any], dict[str, forms.Field]]
    stands: Callable[[Any], Checked]
    given: Callable[[Any, Checked], Checked]
    typed: Callable[[str, Any], object] = _as_it_is
    # From the parameter that a refusal names to the field.
    parameters: tuple[tuple[str, str], ...] = ()


def _argument(entity: Entity, changed: Checked) -> Checked:
    return changed


def name_part(level: Level) -> EditPart:
    """Return the part for the name."""
    return EditPart(
        level.custom_name,
        lambda entity: {NAME_FIELD: ValueField(NAME, label="Name", required=bool(entity.custom_name))},
        lambda entity: {NAME_FIELD: entity.custom_name},
        _argument,
        parameters=(("customName", NAME_FIELD),),
    )


def segment_part(level: Level) -> EditPart:
    """Return the part for the segment of the level's own kind."""
    name = f"{level.kind}_segment"

    def fields(entity: Entity) -> dict[str, forms.Field]:
        link = column(entity, "segment")
        segments = target_of(link, ConfigurationItem)._default_manager.order_by("name")
        choices = [(segment.code, segment.name) for segment in segments]
        stands = getattr(entity, link.attname) is not None
        return {
            name: forms.ChoiceField(
                label="Segment", required=stands, choices=choices if stands else choose(choices, "None")
            )
        }

    stands = lambda entity: {name: entity.segment.code if entity.segment else ""}  # noqa: E731
    return EditPart(level.segment, fields, stands, _argument, parameters=((f"{level.kind}Segment", name),))


def attributes_part(level: Level) -> EditPart:
    """Return the part for the attributes, of which each key counts as a field of its own."""

    def given(entity: Entity, changed: Checked) -> Checked:
        return {ATTRIBUTES: changed[ATTRIBUTES], "merge": True}

    return EditPart(
        level.custom_attributes,
        lambda entity: {ATTRIBUTES: AttributesField(label="Attributes")},
        lambda entity: {ATTRIBUTES: dict(entity.custom_attributes)},
        given,
        lambda name, value: attribute_lines(value),
        parameters=((ATTRIBUTES, ATTRIBUTES),),
    )


def common_parts(level: Level, *own: EditPart) -> tuple[EditPart, ...]:
    """Return the parts that every level has, the attributes after the level's own."""
    segment = (segment_part(level),) if level.has_segment else ()
    return (name_part(level), *segment, *own, attributes_part(level))


class EditForm(MacroForm):
    """Every field that a level's parts write, as it stands; only what was changed is written."""

    compares = True
    nothing_yet = "Nothing: change something above."
    parts: ClassVar[tuple[EditPart, ...]] = ()

    stood = forms.CharField(widget=forms.HiddenInput, required=False)

    def prepare(self) -> None:
        """Draw each field as it stands; what the agent may not change says who can."""
        self.part_of: dict[str, EditPart] = {}
        self.now: Checked = {}
        for part in self.parts:
            barred = self.user is not None and not part.operation.allowed(self.user)
            for name, field in part.fields(self.entity).items():
                self.fields[name], self.part_of[name] = field, part
                if barred:
                    field.disabled, field.help_text = True, who_can(part.operation.permission, "change it")
            self.now |= part.stands(self.entity)
        for name, value in self.now.items():
            self.initial[name] = self._typed(name, value)
        self.initial["stood"] = json.dumps(self.now)
        self.before = {**self.now, **self._read_stood()}
        self.untouched = {name for name in self.part_of if self._is_untouched(name)}

    def _typed(self, name: str, value: object) -> object:
        return self.part_of[name].typed(name, value)

    def _read_stood(self) -> Checked:
        """Return what stood when the form was drawn, as far as it is told and can be right."""
        try:
            given = json.loads(self.data.get("stood", "")) if self.is_bound else {}
        except (ValueError, RecursionError):
            return {}
        given = given if isinstance(given, dict) else {}
        return {name: value for name, value in given.items() if name in self.now and _alike(value, self.now[name])}

    def _is_untouched(self, name: str) -> bool:
        if name not in self.data:
            return True
        return str(self.data[name]).replace("\r\n", "\n") == str(self._typed(name, self.before[name]) or "")

    def clean(self) -> Checked:
        """Refuse a form that changes nothing, and a field that somebody else changed to something else."""
        data = super().clean()
        for name in self.untouched:
            # It may be older than a rule that it breaks.
            self.errors.pop(name, None)
            data[name] = self.before[name]
        self.changed = dict(self._changes(data, self.now))
        if self.only_looks or self.errors:
            return data
        if not self.changed and self.was_sent:
            self.changed = dict(self._changes(data, {}))
        if both := [name for name in self.changed if self._collides(name)]:
            self._show_both(both)
        elif not self.changed:
            self.add_error(None, "Nothing was changed.")
        return data

    def _changes(self, data: Checked, now: Checked) -> Iterator[tuple[str, Any]]:
        """Yield what was changed and is not so already; of attributes only the keys, with None for what goes."""
        for name in self.part_of:
            if name not in data or name in self.untouched or self.fields[name].disabled:
                continue
            value, before, stands = data[name], self.before[name], now.get(name)
            if not isinstance(value, dict):
                if value not in (before, stands):
                    yield name, value
                continue
            keys = [key for key in {**before, **value} if value.get(key) != before.get(key)]
            wanted = {key: value.get(key) for key in keys if stands is None or value.get(key) != stands.get(key)}
            if wanted:
                yield name, wanted

    def _collides(self, name: str) -> bool:
        if self.was_sent:
            return False
        before, now = self.before[name], self.now[name]
        if isinstance(now, dict):
            return any(before.get(key) != now.get(key) for key in self.changed[name])
        return bool(before != now)

    def _show_both(self, names: list[str]) -> None:
        """Say what it is now and who it was; what was left alone is shown as it stands now."""
        who = self.changed_by()
        for name in names:
            self.add_error(name, BOTH.format(who=who, now=self._spoken(name, self.now[name])))
        self.meanwhile = list(self._meanwhile())
        fresh: Any = self.data.copy()  # type: ignore[attr-defined]
        fresh["stood"] = json.dumps(self.now)
        for name in self.untouched:
            fresh[name] = self._typed(name, self.now[name])
        self.data = fresh

    def _meanwhile(self) -> Iterator[Changed]:
        for name, now in self.now.items():
            if now != self.before[name]:
                label = str(self.fields[name].label)
                yield Changed(label, self._spoken(name, self.before[name]), self._spoken(name, now))

    def if_match(self) -> frozenset[str] | None:
        """Accept what was compared with: the version that stands."""
        assert self.entity is not None
        return frozenset({self.entity.etag})

    def steps(self) -> list[Step]:
        """Return a step for each part of which something was changed."""
        found = []
        for part in self.parts:
            changed = {name: value for name, value in self.changed.items() if self.part_of[name] is part}
            if changed:
                found.append(Step(next(iter(changed)), part.operation, part.given(self.entity, changed)))
        return found

    def told(self) -> Iterator[ToldStep]:
        """Tell each change: the field, what stands, and what will."""
        for name, value in getattr(self, "changed", {}).items():
            now, label = self.now[name], str(self.fields[name].label)
            if isinstance(value, dict):
                yield from (ToldStep(key, now.get(key) or NOTHING, new or NOTHING, "now") for key, new in value.items())
            else:
                yield ToldStep(label, self._spoken(name, now), self._spoken(name, value), "now")

    def _spoken(self, name: str, value: object) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value) or self._typed(name, value) or NOTHING)

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the field that it names, else at that of its step."""
        step, _, rest = fault.parameter.partition(".body.")
        named = {parameter: field for part in self.parts for parameter, field in part.parameters}
        name = named.get(rest) or named.get(rest.partition(".")[0]) or step
        words = f"{rest.partition('.')[2]}: {fault.message}" if rest.startswith("customAttributes.") else fault.message
        self.add_error(name if name in self.fields else None, words)


def _alike(one: object, other: object) -> bool:
    """Whether two values can be of one field: both a map of texts, or neither one."""
    if isinstance(other, dict):
        return isinstance(one, dict) and all(isinstance(text, str) for text in one.values())
    return isinstance(one, str)


def edit_verb(level: Level, *parts: EditPart, **form: Any) -> Verb:
    """Return the verb that edits a level by its parts; `form` are further members of its form."""
    members = {"parts": parts, "__doc__": f"Edit a {level.kind}.", **form}
    return Verb(
        slug="edit",
        label="Edit",
        operation=Macro(either=tuple(part.operation for part in parts)),
        form=type(f"Edit{level.kind.capitalize()}Form", (EditForm,), members),
        argument=level.kind,
        done="{entity} was edited.",
        button="Save the changes",
        reaches_below=False,
        foresees=True,
        when=lambda entity: None,
    )
