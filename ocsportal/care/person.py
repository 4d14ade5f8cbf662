"""Who looks at a screen: somebody who is logged in."""

from django.http import HttpRequest

from ocsportal.people.models import User


def person(request: HttpRequest) -> User:
    """Return the person behind a request to a page that only people who are logged in reach."""
    assert isinstance(request.user, User)
    return request.user
