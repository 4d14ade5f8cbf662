"""Which verbs each group is offered on each level, exactly; of the others none opens, and none does anything."""

import pytest
from django.urls import reverse

from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.people import groups
from tests.client import RestClient
from tests.conftest import make_user
from tests.hostile.targets import build, counts
from tests.hostile.test_portal import NAMED, browser

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYBODY = {"suspend", "change-reason", "custom-name", "attributes", "edit"}
# What Customer Care is offered on what is active, and what else the Back Office and the CRM's people are.
CARE: dict[str, set[str]] = {
    "customer": EVERYBODY | {"segment", "note"},
    "account": EVERYBODY | {"segment"},
    "subscriber": EVERYBODY | {"segment", "add-resource", "swap-resource", "exchange-resources", "sim-lost"},
    "subscription": EVERYBODY | {"adjust-balances"},
}
ALL: dict[str, set[str]] = {
    "customer": {"deactivate", "external-id", "contact", "move-out"},
    "account": {"deactivate", "external-id", "move-out", "bill-cycle", "parent", "preferences", "tax-exemption"},
    "subscriber": {"deactivate", "external-id", "move-out"},
    "subscription": {"deactivate", "external-id"},
}
# Verbs for which this is not the moment: the page opens for whoever may, and says why it can't be done.
LATER = {
    "customer": {"activate", "resume", "close-note", "try-plan-again"},
    "account": {"activate", "resume", "try-plan-again"},
    "subscriber": {"activate", "resume", "end-resource", "try-plan-again"},
    "subscription": {"activate", "resume", "try-plan-again"},
}
PLANS = {"confirm-plan", "cancel-plan", "move-plan", "dismiss-plan", "plan-anew"}
DECIDE = {
    "customer": PLANS,
    "account": PLANS | {"perform-bill-cycle", "cancel-bill-cycle", "move-bill-cycle"},
    "subscriber": PLANS,
    "subscription": PLANS,
}
GROUPS = (
    groups.CARE, groups.BACK_OFFICE, groups.CRM, groups.AUDITOR, groups.CONFIGURATION, groups.ADMINISTRATOR,
    groups.DATA_PROTECTION,
)  # fmt: skip
# Who may erase; it is not the moment either.
ERASES = {groups.CRM, groups.DATA_PROTECTION}
READS = {groups.AUDITOR, groups.DATA_PROTECTION}


def test_every_group_is_walked() -> None:
    assert set(GROUPS) == set(groups.GROUPS)
    assert {str(page.opts.model_name) for page in NAMED} == set(CARE)


@pytest.mark.parametrize("page", NAMED, ids=lambda page: page.opts.model_name)
def test_each_group_may_exactly_this(page: EntityAdmin, api: RestClient) -> None:
    build(api)
    level = str(page.opts.model_name)
    entity = page.model._default_manager.exclude(state="DEACTIVATED").order_by("pk")[0]
    assert (entity.state, entity.plan_status) == ("ACTIVE", "")
    verbs = {verb.slug: page.verb_address(entity, verb) for verb in page.verbs}
    erase = {"erase"} if level == "customer" else set()
    assert set(verbs) == CARE[level] | ALL[level] | LATER[level] | DECIDE[level] | erase
    for group in GROUPS:
        client = browser(make_user(group, group))
        may = {groups.CARE: CARE[level], groups.BACK_OFFICE: CARE[level] | ALL[level]}
        may[groups.CRM] = may[groups.BACK_OFFICE]
        offered = may.get(group, set())
        opening = offered | (LATER[level] if offered else set()) | (DECIDE[level] if offered > CARE[level] else set())
        opening |= erase if group in ERASES else set()
        shown = client.get(reverse(f"admin:{page.opts.app_label}_{level}_change", args=[entity.pk]))
        assert shown.status_code == (200 if offered or group in READS else 403), group
        if shown.status_code == 200:
            context = shown.context
            main = [context["main"]] if context["main"] else []
            drawn = {verb.slug for verb, _ in [*main, *context["verbs"], *context["plan_verbs"]]}
            assert drawn == offered, group
        before = counts()
        for slug, address in verbs.items():
            assert client.get(address).status_code == (200 if slug in opening else 403), (group, slug)
            if slug not in opening:
                sent = {"request_id": f"{group}-{slug}", "reason": "x", "version": entity.etag, "custom_name": "Other"}
                assert client.post(address, sent).status_code == 403, (group, slug)
        assert counts() == before
