"""Log in: name, password, and a one-time code for those who have a device for it."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django_otp import match_token, user_has_device

from ocsportal.failures import failure


class LoginForm(AdminAuthenticationForm):
    """The admin's login form, with the one-time code."""

    otp_token = forms.CharField(
        label="One-time code",
        required=False,
        max_length=12,
        help_text="Only if you have set one up.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse who is no staff, and who has a device but gives no valid code."""
        super().confirm_login_allowed(user)
        if not user_has_device(user):
            return
        token = self.cleaned_data.get("otp_token", "").replace(" ", "")
        if not token:
            raise ValidationError("This login needs the one-time code as well.", code="otp_missing")
        if match_token(user, token) is None:
            raise ValidationError("The one-time code is wrong or was used before.", code="otp_wrong")


def locked_out(request: HttpRequest, credentials: dict[str, object] | None = None, *args: object) -> HttpResponse:
    """Answer who tried too often (429)."""
    return failure(request, 429)
