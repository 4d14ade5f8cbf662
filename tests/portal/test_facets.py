"""No list counts its table for the numbers beside its filters."""

import pytest
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocsportal.backoffice.listing import CountFreeAdmin
from ocsportal.people.models import User
from tests.portal.counting import unbounded
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db


def test_lists_have_no_facets(back_office: User) -> None:
    ours = [level for level in admin.site._registry.values() if isinstance(level, CountFreeAdmin)]
    assert len(ours) > 10
    assert {level.show_facets for level in ours} == {ShowFacets.NEVER}
    with CaptureQueriesContext(connection) as captured:
        assert browser(back_office).get("/admin/customers/customer/?_facets=True").status_code in (200, 302)
    assert unbounded(captured) == []
