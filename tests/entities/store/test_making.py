"""A new row is what its model's own constructor makes of the same values, and is written as the ORM writes it."""

from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from customers.models import Customer, CustomerProfile
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.store import writing
from ocsportal.entities.store.making import new

ENTITIES = [model for model in apps.get_models() if issubclass(model, Entity)]
MADE_ANEW = {"ref_id"}


@pytest.mark.parametrize("model", ENTITIES, ids=lambda model: model.__name__)
def test_defaults_are_those_of_the_constructor(model: type[models.Model]) -> None:
    ours, theirs = new(model), model()
    named = {field.attname: field for field in model._meta.concrete_fields}
    by_database = {name for name, field in named.items() if field.has_db_default()}
    for name in named.keys() - MADE_ANEW - by_database:
        assert getattr(ours, name) == getattr(theirs, name), name
    assert [type(getattr(ours, name)) for name in by_database] == [type(getattr(theirs, name)) for name in by_database]
    assert len(ours.ref_id) == len(theirs.ref_id) == 14  # type: ignore[attr-defined]
    assert (ours._state.adding, ours._state.db, ours.pk) == (True, None, None)


def test_what_is_made_anew_is_no_ones_else() -> None:
    first, second = new(Customer), new(Customer)
    assert first.ref_id != second.ref_id
    first.custom_attributes["a"] = "b"
    assert second.custom_attributes == {}


def test_a_link_is_known_by_its_row_and_by_its_key() -> None:
    profile = CustomerProfile(pk=7)
    assert new(Customer, profile=profile).profile is profile
    assert new(Customer, profile=profile).profile_id == new(Customer, profile_id=7).profile_id == 7  # type: ignore[attr-defined]
    none = new(Customer, profile=None)
    assert (none.profile, none.profile_id) == (None, None)  # type: ignore[attr-defined]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(TypeError, match="Customer has no field 'colour'"):
        new(Customer, colour="red")


@pytest.mark.django_db
def test_a_row_reads_back_as_it_was_made(change: Any) -> None:
    at = change().at
    reason = StateReason.objects.get(code="dfltActive")
    made = new(
        Customer, custom_name="Łódź 'x' \\", custom_attributes={"a": "ü"}, state="ACTIVE", state_reason=reason,
        state_valid_from=at, created_at=at, changed_at=at,
    )  # fmt: skip
    writing.insert(made)
    read = Customer.objects.get(pk=made.pk)
    for field in Customer._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(made, field.attname), field.name


@pytest.mark.filterwarnings("error:DateTimeField.*naive:RuntimeWarning")
def test_an_instant_without_a_zone_does_not_slip_through() -> None:
    made = new(Customer, changed_at=datetime(2026, 1, 1))
    fields, _ = writing._update_statement(Customer, ("changed_at",), connection.vendor)
    with pytest.raises(RuntimeWarning):
        writing._values(made, fields, connection)
