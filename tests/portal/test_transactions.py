"""The list of Business Transactions: found by whatever an auditor has at hand."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import operations as accounts
from accounts.models import Account
from customers import operations as customers
from customers.models import Customer
from ocsportal.backoffice.transaction_pages import touching
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
LIST = "/admin/transactions/businesstransaction/"


@pytest.fixture
def account(change: Any) -> Account:
    """An account that was made and then suspended with its customer, under another operation's name."""
    customers.create_customer(change(request_id="make-1"), external_id="c", customer_profile="b2b")
    ref = Ref(external_id="c")
    accounts.create_account(change(request_id="make-2"), external_id="a", customer=ref, account_profile="postpaid")
    customers.update_customer_state(
        change(request_id="suspend-1", transaction_id="case-1"),
        customer=ref,
        state=NewState(state="SUSPENDED", state_reason="dfltSuspended"),
        subordinate_updated=True,
    )
    return Account.objects.get()


def listed(client: Any, term: str) -> set[int]:
    answer = client.get(LIST, {"q": term})
    assert answer.status_code == 200
    return {entry.pk for entry in answer.context_data["cl"].result_list}


def test_found_by_request_case_operation_and_whatever_was_touched(account: Account, auditor: User) -> None:
    client = browser(auditor)
    by_request = {entry.request_id: entry.pk for entry in BusinessTransaction.objects.all()}
    assert listed(client, account.ref_id) == {by_request["make-2"], by_request["suspend-1"]}
    assert listed(client, Customer.objects.get().ref_id) == {by_request["make-1"], by_request["suspend-1"]}
    assert listed(client, "make-1") == {by_request["make-1"]}
    assert listed(client, "case-1") == {by_request["suspend-1"]}
    assert listed(client, "createaccount") == {by_request["make-2"]}
    assert listed(client, "abcdefghij0123") == set()


def test_what_was_touched_is_found_with_one_statement(account: Account) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert len(touching(account.ref_id)) == 2
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        assert touching("make-1") == []
    assert len(captured) == 0
