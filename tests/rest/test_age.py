"""Every entity says when it was made and last changed, and as which version it stands: read, listed, written, kept."""

import pytest

from ocsportal.entities.models import entity_models
from tests.client import RestClient
from tests.offers.world import subscribed, world

pytestmark = pytest.mark.django_db
IDS = {"customer": "cust-1", "account": "acc-1", "subscriber": "s-1", "subscription": "sub-1"}


@pytest.mark.parametrize("kind", IDS)
def test_all_four_levels_say_it_in_all_places(api: RestClient, kind: str) -> None:
    world(api)
    subscribed(api, externalId="sub-1")
    before = api.get(f"/{kind}s/read", externalId=IDS[kind]).json()
    assert (before["version"], before["changedAt"] >= before["createdAt"]) == (1, True)

    owner = {kind: {"externalId": IDS[kind]}}
    written = api.done(f"/{kind}s/update-custom-name", **owner, customName="Another")
    assert (written["version"], written["createdAt"]) == (2, before["createdAt"])
    assert written["changedAt"] > written["createdAt"]

    answer = api.get(f"/{kind}s/read", externalId=IDS[kind])
    assert answer.json() == written
    assert answer.headers["ETag"] == f'"{written["refId"]}-{written["version"]}"'
    listed = api.get(f"/{kind}s", externalId=IDS[kind]).json()["items"]
    assert listed == [written]
    model = next(model for model in entity_models() if model._meta.model_name == kind)
    row = model._default_manager.get(external_id=IDS[kind])
    assert (row.version, row.changed_at > row.created_at) == (2, True)
    [newest, *_] = api.get(f"/{kind}s/history", externalId=IDS[kind]).json()["items"]
    assert newest["changes"] == [{"field": "customName", "old": None, "new": "Another"}]
