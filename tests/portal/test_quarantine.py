"""A value in quarantine in the browser: refused at the field, and given out only by who ticks the box."""

from typing import Any

import pytest

from ocsportal.people.models import User
from subscribers.models import ResourceType
from tests.portal.subscribers import address, an_account, makes  # noqa: F401 (fixtures)
from tests.portal.test_subscribers import form
from tests.portal.test_verbs import browser
from tests.subscribers.conftest import MSISDN, OTHER, live, standing

pytestmark = pytest.mark.django_db
THIRD = "491705550144"


@pytest.fixture
def second(make: Any, care: User) -> Any:
    """A subscriber beside whom a number was freed that rests."""
    first = make()
    assert (
        browser(care).post(address(first, "swap-resource"), form(first, "swap-resource", resource=OTHER)).status_code
        == 302
    )
    ResourceType.objects.filter(code="MSISDN").update(quarantine_days=30)
    return make(external_id="s-2", number=THIRD)


def test_customer_care_takes_another_one(second: Any, care: User) -> None:
    before = standing()
    sent = form(second, "swap-resource", resource=MSISDN, override_quarantine="on", request_id="form-2")
    answer = browser(care).post(address(second, "swap-resource"), sent)
    assert set(answer.context["form"].errors) == {"resource"}
    assert "quarantine until" in answer.context["form"].errors["resource"][0]
    assert "override_quarantine" not in answer.context["form"].fields
    assert standing() == before


def test_the_back_office_ticks_a_box_that_says_until_when(second: Any, back_office: User) -> None:
    agent, before = browser(back_office), standing()
    assert "override_quarantine" not in agent.get(address(second, "swap-resource")).context["form"].fields
    sent = form(second, "swap-resource", resource="+49 170 555 0142", request_id="form-2")
    answer = agent.post(address(second, "swap-resource"), sent)
    assert set(answer.context["form"].errors) == {"resource"}
    assert 'name="override_quarantine"' in answer.content.decode()
    assert standing() == before
    answer = agent.post(address(second, "swap-resource"), {**sent, "override_quarantine": "on"})
    assert answer.status_code == 302
    assert live("s-2") == {"MSISDN": MSISDN}
