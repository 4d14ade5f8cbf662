"""A request as the views of REST see it: the framework's own, with what is the same for all of them worked out beforehand."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Empty, Request

from ocsportal.rest.parsers import StrictJSONParser

JSON = "application/json"
# None of them keeps anything of a request.
NEGOTIATOR = DefaultContentNegotiation()
PARSERS = (StrictJSONParser(),)
# From so many on Django looks whether it takes them.
MANY_PARAMETERS = 50


class ApiRequest(Request):
    """A request of REST. Whatever is unusual about it goes the framework's way."""

    _client: object

    def __init__(self, request: HttpRequest, view: Any) -> None:
        self._request = request
        # The framework looks for these here first, and fails, each time that somebody asks for them.
        self.META, self.method = request.META, request.method
        self.parsers, self.authenticators, self.negotiator = PARSERS, view.get_authenticators(), NEGOTIATOR
        self.parser_context = {"view": view, "request": self, "args": view.args, "kwargs": view.kwargs}
        self._data = self._files = self._full_data = self._client = Empty
        self._stream: Any = Empty

    @property
    def user(self) -> Any:
        """The client, as its key says."""
        if self._client is Empty:
            self._authenticate()  # type: ignore[attr-defined]
        return self._client

    @user.setter
    def user(self, client: Any) -> None:
        self._client = self._request.user = client

    @property
    def known_user(self) -> object:
        """The client, None before its key was looked at or when it was refused."""
        return None if self._client is Empty else self._client

    @property
    def data(self) -> Any:
        """The body; raise what is wrong with it."""
        # There is one parser, and nearly everybody names its type in these very letters.
        if self._full_data is Empty and self.META.get("CONTENT_TYPE") == JSON and self.stream is not None:
            self._full_data = self._data = PARSERS[0].parse(self.stream, JSON, self.parser_context)
        return super().data


def given(request: Request) -> list[tuple[str, list[str]]]:
    """Return the parameters of a query string, each with its values in their order."""
    query: str = request.META.get("QUERY_STRING", "")
    if "%" in query or "+" in query or not query.isascii() or query.count("&") >= MANY_PARAMETERS:
        return [*request.query_params.lists()]
    # Nothing is written in another way than it is meant, and to find that out is all that Django would do.
    found: dict[str, list[str]] = {}
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.setdefault(name, []).append(value)
    return [*found.items()]


# Without this each request would build its serializers and authenticators anew, fields and all, which costs more than
# to use them. What is shared keeps nothing of a request, or one client would see another one's.
@cache
def shared(kind: Any) -> Any:
    """Return the one object of a class that is the same for all requests, since it keeps nothing of any."""
    return kind()
