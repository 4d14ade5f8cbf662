"""The one door: permission first, all or nothing, one Business Transaction, and history rows stamped with it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import operations
from customers.models import Customer, CustomerSegment
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions import door, recording
from ocsportal.transactions.errors import NotAllowed, OperationRefused
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from ocsportal.transactions.operation import OPERATIONS, Operation
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.conftest import queries_refused
from tests.customers.test_rest import standing

pytestmark = pytest.mark.django_db
WRITES = [entry for entry in OPERATIONS.values() if not entry.is_read]
REF = Ref(external_id="cust-1")


@pytest.fixture
def customer(change: Any) -> Customer:
    """An active customer named cust-1."""
    operations.create_customer(change(), external_id="cust-1", customer_profile="b2c", custom_name="Jana")
    return Customer.objects.get()


def new_segment(code: str) -> CustomerSegment:
    return CustomerSegment.objects.create(code=code, name=code)


class TestPermission:
    @pytest.mark.parametrize("entry", WRITES, ids=lambda entry: entry.name)
    def test_is_asked_before_anything_else(self, change: Any, auditor: User, entry: Operation) -> None:
        before = standing()
        auditor.has_perm(entry.permission)  # Django remembers a person's permissions
        with queries_refused(), pytest.raises(NotAllowed) as caught:
            entry(change(actor=auditor), customer=REF)
        assert entry.permission in caught.value.message
        assert caught.value.status == 403
        assert standing() == before

    def test_inactive_people_may_nothing(self, change: Any, back_office: User) -> None:
        back_office.is_active = False
        before = standing()
        with pytest.raises(NotAllowed):
            operations.create_customer(change(actor=back_office), customer_profile="b2c")
        assert standing() == before

    def test_is_asked_again_for_a_replay(self, change: Any, back_office: User) -> None:
        operations.create_customer(change(request_id="once"), customer_profile="b2c")
        back_office.groups.clear()
        stripped = User.objects.get(pk=back_office.pk)
        with pytest.raises(NotAllowed):
            operations.create_customer(change(actor=stripped, request_id="once"), customer_profile="b2c")

    def test_recorded_work_needs_its_permission(self, change: Any) -> None:
        before = standing(), CustomerSegment.objects.count()
        with pytest.raises(NotAllowed):
            door.record("Add", change(), "customers.add_customersegment", lambda: Touched([new_segment("new")]))
        assert (standing(), CustomerSegment.objects.count()) == before

    def test_buttons_are_drawn_by_the_same_rule(self, care: User, back_office: User, auditor: User) -> None:
        entry = operations.update_customer_state
        deactivate = {"state": NewState(state="DEACTIVATED")}
        assert [entry.allowed(user) for user in (care, back_office, auditor)] == [True, True, False]
        assert [entry.allowed(user, **deactivate) for user in (care, back_office, auditor)] == [False, True, False]


class TestAllOrNothing:
    def test_refused_keeps_nothing(self, change: Any, customer: Customer) -> None:
        before = standing()
        with pytest.raises(OperationRefused):
            operations.update_customer(
                change(), customer=REF, custom_name="New", contact={"city": "Brno"}, customer_segment="nope"
            )
        assert standing() == before

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_a_bug_keeps_nothing_either(self, change: Any, error: type[BaseException]) -> None:
        def work() -> Touched:
            new_segment("half-done")
            raise error

        before = standing(), CustomerSegment.history.count()
        with pytest.raises(error):
            door.record("Add", change(), None, work)
        assert (standing(), CustomerSegment.history.count()) == before
        assert recording.current() is None

    def test_nothing_after_it_is_counted_as_its_doing(self, change: Any, customer: Customer) -> None:
        Customer.objects.update(custom_name="By hand")
        assert Customer.history.latest("history_id").transaction_id is None

    def test_constraint_is_named(self, change: Any, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two requests that race pass the check; the database decides."""
        from ocsportal.entities import shared

        monkeypatch.setattr(shared, "refuse_taken", lambda *rest: None)
        before = standing()
        with pytest.raises(OperationRefused) as caught:
            operations.create_customer(change(), external_id="cust-1", customer_profile="b2c")
        assert (caught.value.code, caught.value.parameter) == ("EXTERNAL-ID-NOT-UNIQUE", "externalId")
        assert standing() == before


class TestRecord:
    def test_says_who_why_when_and_what(self, change: Any, back_office: User) -> None:
        made = change(reason="asked", on_behalf_of="agent", request_id="r", transaction_id="t")
        outcome = operations.create_customer(made, customer_profile="b2c")
        entry = BusinessTransaction.objects.get(request_id="r")
        customer = Customer.objects.get()
        assert (entry.operation, entry.channel, entry.actor, entry.actor_name) == (
            "CreateCustomer",
            "PORTAL",
            back_office,
            "Backoffice",
        )
        assert (entry.reason, entry.on_behalf_of, entry.transaction_id, entry.at) == ("asked", "agent", "t", made.at)
        assert (entry.target_kind, entry.target_ref_id, entry.target_version) == ("customer", customer.ref_id, 1)
        assert (entry.touched, entry.answer, len(entry.digest)) == (1, outcome.answer, 64)
        assert OutboxMessage.objects.filter(transaction=entry).count() == 1

    def test_transaction_id_is_the_request_id_by_default(self, change: Any) -> None:
        operations.create_customer(change(request_id="r"), customer_profile="b2c")
        assert BusinessTransaction.objects.get(request_id="r").transaction_id == "r"

    def test_name_outlives_a_renaming(self, change: Any, back_office: User) -> None:
        operations.create_customer(change(request_id="r"), customer_profile="b2c")
        back_office.first_name = "Married"
        back_office.save()
        assert BusinessTransaction.objects.get(request_id="r").actor_name == "Backoffice"

    def test_every_history_row_is_stamped(self, change: Any) -> None:
        def work() -> Touched:
            return Touched([new_segment("a"), new_segment("b")])

        door.record("AddSegments", change(request_id="r"), None, work)
        entry = BusinessTransaction.objects.get(request_id="r")
        assert CustomerSegment.history.filter(transaction=entry).count() == 2 == entry.touched

    def test_is_inserted_before_the_work_and_closed_after_it(self, change: Any, customer: Customer) -> None:
        with CaptureQueriesContext(connection) as captured:
            operations.update_customer_custom_name(change(), customer=REF, custom_name="New")
        asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        writes = [sql.split(" ")[2 if sql.startswith("INSERT") else 1].strip('"') for sql in asked if sql[:1] in "IU"]
        table = "transactions_businesstransaction"
        assert writes == [table, "customers_customer", table]


class TestNested:
    def test_has_a_transaction_of_its_own(self, change: Any) -> None:
        def inner() -> Touched:
            return Touched([new_segment("inner")])

        def outer() -> Touched:
            first = new_segment("first")
            door.record_nested("Inner", system_change("tests"), inner)
            return Touched([first, new_segment("last")])

        door.record("Outer", change(), None, outer)
        stamps = dict(CustomerSegment.history.values_list("code", "transaction__operation"))
        assert (stamps["first"], stamps["inner"], stamps["last"]) == ("Outer", "Inner", "Outer")
        assert recording.current() is None

    def test_goes_with_the_outer_one(self, change: Any) -> None:
        def outer() -> Touched:
            door.record_nested("Inner", system_change("tests"), lambda: Touched([new_segment("inner")]))
            raise OperationRefused("REQUEST-VALIDATION", "No.")

        before = standing(), CustomerSegment.objects.count()
        with pytest.raises(OperationRefused):
            door.record("Outer", change(), None, outer)
        assert (standing(), CustomerSegment.objects.count()) == before

    def test_failing_inside_gives_the_outer_one_back(self, change: Any) -> None:
        def inner() -> Touched:
            raise ValueError

        def outer() -> Touched:
            with pytest.raises(ValueError):  # noqa: PT011
                door.record_nested("Inner", system_change("tests"), inner)
            return Touched([new_segment("after")])

        entries = BusinessTransaction.objects.filter(answer=None).count()
        door.record("Outer", change(), None, outer)
        assert CustomerSegment.history.get(code="after").transaction.operation == "Outer"
        assert BusinessTransaction.objects.filter(answer=None).count() == entries + 1  # nobody undid the inner one


def test_table_of_operations_takes_a_name_once() -> None:
    from ocsportal.transactions.operation import operation

    with pytest.raises(ValueError, match="CreateCustomer is declared twice"):
        operation("CreateCustomer", Customer)(OPERATIONS["CreateCustomer"].work)
