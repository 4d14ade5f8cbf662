"""The request as views see it: its parameters are those that Django reads, its client is nobody before the key was looked at."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given as for_all
from hypothesis import strategies as st

from ocsportal.people.authentication import ApiKeyAuthentication
from ocsportal.rest.asked import ApiRequest, given
from ocsportal.rest.views import VerifyingView
from tests.client import RestClient, problem

QUERIES = [
    "", "&", "&&&", "a", "a=", "=b", "=", "a=1", "a=1&b=2", "a=1&a=2", "a=1&&b=2&", "a=b=c", "a=%31", "a=+1", "a=%", "a=%ff",
    "a=%00", "a=ü", "a=\xc3\xbc", "a;b=1", "a=1;b=2", "a b=1", "-a=1", "a[]=1", "&".join(f"p{n}=1" for n in range(60)),
]  # fmt: skip


def asked(query: str, **meta: Any) -> ApiRequest:
    """Return a request with a query string."""
    view: Any = VerifyingView()
    view.args, view.kwargs = (), {}
    request = RequestFactory().get("/", **meta)
    request.META["QUERY_STRING"] = query
    return ApiRequest(request, view)


@pytest.mark.parametrize("query", QUERIES)
def test_parameters_are_those_that_django_reads(query: str) -> None:
    assert given(asked(query)) == [*QueryDict(query.encode("latin-1")).lists()]


@for_all(st.text(st.sampled_from("ab=&;%+ 1ü\x00#-")))
def test_whatever_the_query(query: str) -> None:
    assert given(asked(query)) == [*QueryDict(query.encode("latin-1")).lists()]


def test_nobody_is_the_client_before_somebody_asks() -> None:
    request = asked("")
    assert request.known_user is None
    request.user = "client"
    assert (request.known_user, request.user, request._request.user) == ("client", "client", "client")


def test_the_key_is_looked_at_once(api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    original = ApiKeyAuthentication.authenticate
    monkeypatch.setattr(
        ApiKeyAuthentication, "authenticate", lambda self, request: looked.append(1) or original(self, request)
    )
    assert api.get("/customers").status_code == 200
    assert api.post("/customers/create", customerProfile="b2c").status_code == 200
    assert looked == [1, 1]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/JSON", "application/json;indent=2"])
def test_other_spellings_of_the_type_are_json_too(api: RestClient, kind: str) -> None:
    answer = api.raw("/customers/create", f'{{"requestId":"{kind}","customerProfile":"b2c"}}', content_type=kind)
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"])
def test_other_types_are_not(api: RestClient, kind: str) -> None:
    problem(api.raw("/customers/create", '{"requestId":"1"}', content_type=kind), 415, "UNSUPPORTED-MEDIA-TYPE")


def test_no_body_is_an_empty_one(api: RestClient) -> None:
    problem(api.raw("/customers/create", b""), 400, "REQUEST-VALIDATION", "requestId")
