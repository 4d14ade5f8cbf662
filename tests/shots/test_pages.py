"""What counts as a kind of page."""

import pytest

from tests.shots.pages import kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "home"),
        ("/?q=nordwind", "home_hits"),
        ("/admin/customers/customer/7/change/", "admin.customers_customer_change"),
        ("/admin/customers/customer/8/change/?_changelist_filters=x", "admin.customers_customer_change"),
        ("/queues/pending/", "queue_pending"),
        ("/v1/docs", None),
        ("/static/ocs/base.css", None),
        ("/nowhere/", None),
    ],
)
def test_a_kind_is_a_view_whatever_row_it_shows(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind
