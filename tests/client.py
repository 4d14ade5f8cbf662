"""A REST client for tests: posts JSON with the two headers, counts request IDs, and looks at refusals closely."""

import itertools
import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

CASM = "/v1/casm"


class RestClient:
    """The CRM, as the tests play it."""

    def __init__(self, application_id: str, key: str) -> None:
        self.headers = {"X-Ocs-Io-Application-Id": application_id, "X-Ocs-Io-API-Key": key}
        self.http = Client(raise_request_exception=False)
        self.numbers = itertools.count(1)

    def raw(self, path: str, body: bytes | str, content_type: str = "application/json", **headers: str) -> HttpResponse:
        """Post the very bytes."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.http.post(CASM + path, body, content_type=content_type, headers=sent)  # type: ignore[return-value]

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> HttpResponse:
        """Post a body, with a requestId of its own unless one is given."""
        body.setdefault("requestId", f"request-{next(self.numbers)}")
        sent = {**self.headers, **(headers or {})}
        return self.http.post(CASM + path, json.dumps(body), content_type="application/json", headers=sent)  # type: ignore[return-value]

    def get(self, path: str, **parameters: str) -> HttpResponse:
        """Get a path with parameters."""
        return self.http.get(CASM + path, parameters, headers=self.headers)  # type: ignore[return-value]

    def done(self, path: str, **body: Any) -> dict[str, Any]:
        """Post, demand success, and return the first item's object."""
        response = self.post(path, **body)
        assert response.status_code == 200, response.content
        items = json.loads(response.content)
        assert [item["seqno"] for item in items] == list(range(1, len(items) + 1))
        found: dict[str, Any] = items[0]["object"]
        return found


def problem(response: HttpResponse, status: int, code: str, parameter: str | None = None) -> dict[str, Any]:
    """Demand that an answer is the problem of that status and code (and parameter); return it."""
    body: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, body["code"]) == (status, code), body
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["errors"][0]["code"] == code
    if parameter is not None:
        assert parameter in [error["parameter"] for error in body["errors"]], body
    return body
