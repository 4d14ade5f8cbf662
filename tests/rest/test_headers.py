"""What the headers of a request say and do: which version was read, for whom, and why."""

from typing import Any

import pytest

from customers.models import Customer
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient, problem
from tests.customers.test_rest import standing

pytestmark = pytest.mark.django_db

FOR, WHY = "X-Ocs-Io-On-Behalf-Of", "X-Ocs-Io-Reason"


def rename(api: RestClient, name: str = "Other", **headers: str) -> Any:
    """Rename cust-1 with these headers (underscores stand for hyphens)."""
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return api.post("/customers/update-custom-name", headers=sent, customer={"externalId": "cust-1"}, customName=name)


class TestVersions:
    def test_tag_is_the_same_from_reading_and_writing(self, api: RestClient, customer: dict[str, Any]) -> None:
        written = rename(api)
        read = api.get("/customers/read", externalId="cust-1")
        assert read["ETag"] == written["ETag"] == f'"{customer["refId"]}-2"'

    @pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other-1", {tag}', '{tag},"other-1"', "*", ' "a" , {tag} '])
    def test_matching(self, api: RestClient, customer: dict[str, Any], form: str) -> None:
        tag = api.get("/customers/read", externalId="cust-1")["ETag"]
        assert rename(api, If_Match=form.format(tag=tag)).status_code == 200
        assert Customer.objects.get().version == 2

    @pytest.mark.parametrize(
        "form",
        ['"{ref}-2"', '"{ref}-0"', '"{ref}"', '"AAAAAAAAAAAAAA-1"', "{ref}-1", '"*"', "", "nonsense", '"a", "b"'],
    )
    def test_not_matching(self, api: RestClient, customer: dict[str, Any], form: str) -> None:
        before = standing()
        problem(rename(api, If_Match=form.format(ref=customer["refId"])), 412, "PRECONDITION-FAILED")
        assert standing() == before

    def test_refused_request_may_be_sent_again(self, api: RestClient, customer: dict[str, Any]) -> None:
        body = {"requestId": "mine", "customer": {"externalId": "cust-1"}, "customName": "Mine"}
        problem(
            api.post("/customers/update-custom-name", headers={"If-Match": '"old"'}, **body), 412, "PRECONDITION-FAILED"
        )
        assert api.post("/customers/update-custom-name", **body).status_code == 200

    def test_replay_is_answered_though_the_version_moved_on(self, api: RestClient, customer: dict[str, Any]) -> None:
        tag = api.get("/customers/read", externalId="cust-1")["ETag"]
        body = {"requestId": "mine", "customer": {"externalId": "cust-1"}, "customName": "Mine"}
        first = api.post("/customers/update-custom-name", headers={"If-Match": tag}, **body)
        rename(api, "Somebody else's")
        again = api.post("/customers/update-custom-name", headers={"If-Match": tag}, **body)
        assert (again.status_code, again.content, again["Idempotent-Replay"]) == (200, first.content, "true")
        assert Customer.objects.get().custom_name == "Somebody else's"

    @pytest.mark.parametrize("tag", ["*", '"anything"'])
    def test_what_is_not_there_yet_has_no_version(self, api: RestClient, tag: str) -> None:
        before = standing()
        answer = api.post("/customers/create", headers={"If-Match": tag}, customerProfile="b2c")
        problem(answer, 412, "PRECONDITION-FAILED")
        assert standing() == before


class TestWhoAndWhy:
    def test_land_in_transaction_and_history(self, api: RestClient, customer: dict[str, Any]) -> None:
        rename(api, X_Ocs_Io_On_Behalf_Of="agent.lehmann", X_Ocs_Io_Reason="asked by phone")
        entry = BusinessTransaction.objects.latest("id")
        assert (entry.on_behalf_of, entry.reason, entry.channel) == ("agent.lehmann", "asked by phone", "REST")
        version = Customer.history.latest("history_id")
        assert (version.history_change_reason, version.history_user.username) == ("asked by phone", "crm")
        newest = api.get("/customers/history", externalId="cust-1").json()["items"][0]
        assert (newest["onBehalfOf"], newest["reason"], newest["actor"]) == ("agent.lehmann", "asked by phone", "crm")

    def test_are_optional(self, api: RestClient, customer: dict[str, Any]) -> None:
        newest = api.get("/customers/history", externalId="cust-1").json()["items"][0]
        assert (newest["onBehalfOf"], newest["reason"]) == (None, None)

    def test_are_utf_8(self, api: RestClient, customer: dict[str, Any]) -> None:
        sent = "Kündigung durch Zoë".encode().decode("latin-1")  # as a WSGI server hands it over
        rename(api, X_Ocs_Io_Reason=sent)
        assert BusinessTransaction.objects.latest("id").reason == "Kündigung durch Zoë"

    @pytest.mark.parametrize(("name", "longest"), [(FOR, 150), (WHY, 1000)])
    def test_longest(self, api: RestClient, customer: dict[str, Any], name: str, longest: int) -> None:
        body = {"customer": {"externalId": "cust-1"}, "customName": "Other"}
        assert api.post("/customers/update-custom-name", headers={name: "x" * longest}, **body).status_code == 200
        before = standing()
        answer = api.post("/customers/update-custom-name", headers={name: "x" * (longest + 1)}, **body)
        problem(answer, 400, "REQUEST-VALIDATION", name)
        assert standing() == before

    def test_both_faults_come_together(self, api: RestClient, customer: dict[str, Any]) -> None:
        answer = rename(api, **{FOR: "x" * 151, WHY: "x" * 1001})
        assert [error["parameter"] for error in answer.json()["errors"]] == [FOR, WHY]

    def test_do_not_make_another_request_of_it(self, api: RestClient, customer: dict[str, Any]) -> None:
        body = {"requestId": "once", "customer": {"externalId": "cust-1"}, "customName": "Other"}
        first = api.post("/customers/update-custom-name", headers={WHY: "first"}, **body)
        again = api.post("/customers/update-custom-name", headers={WHY: "second"}, **body)
        assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
        assert BusinessTransaction.objects.latest("id").reason == "first"
