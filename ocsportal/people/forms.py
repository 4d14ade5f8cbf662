"""The forms by which people, groups and API clients are set up."""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group, Permission

from ocsportal.backoffice.tracked import Refusable, reason_field
from ocsportal.people.keys import CLIENT_NAME
from ocsportal.people.tasks import Held, by_task
from ocsportal.transactions.given import Checked


class SecretWidget(ReadOnlyPasswordHashWidget):
    """A password that is shown to nobody, with the way to another one."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, object]:
        """Say whether there is one, and nothing of its hash."""
        context = super().get_context(name, value, attrs)
        usable = bool(value) and is_password_usable(value)
        return context | {"summary": [{"label": "Set" if usable else "None: no login by password", "value": ""}]}


class _PersonsFields(Refusable):
    """What the fields of a person are called here."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        for name, label, words in (
            ("username", "Login", "Letters, digits and @ . + - _ only."),
            ("email", "E-mail", ""),
            ("is_active", "Active", "People who leave are made inactive, never deleted."),
            ("is_staff", "May log in to the portal", ""),
            ("is_superuser", "May do everything", "Regardless of groups."),
        ):
            if name in fields:
                fields[name].label, fields[name].help_text = label, words


class PersonForm(_PersonsFields, UserChangeForm):
    """Change a person."""

    password = ReadOnlyPasswordHashField(label="Password", widget=SecretWidget)
    audit_reason = reason_field()


class NewPersonForm(_PersonsFields, AdminUserCreationForm):
    """Add a person."""

    audit_reason = reason_field()


class OthersPasswordForm(Refusable, AdminPasswordChangeForm):
    """Give somebody another password, and say why."""

    audit_reason = reason_field()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # The library demands them where it checks them, so that another form can do without; here they are no option.
        for name in ("password1", "password2"):
            self.fields[name].required = True


class GroupForm(Refusable, forms.ModelForm):
    """Change a group: by tasks, each of which stands for its permissions, or one by one."""

    audit_reason = reason_field()

    def clean(self) -> Checked:
        """Give the group what its newly ticked tasks take, and take what those took that are ticked no more."""
        data = super().clean()
        sent: Any = self.data
        had, ticked = (set(sent.getlist(name)) if hasattr(sent, "getlist") else set() for name in ("had", "task"))
        if "permissions" in data and had != ticked:
            every = self.parts(set())
            changed = {part.task.slug: {one.pk for one in part.permissions} for part in every}
            kept = set(data["permissions"].values_list("pk", flat=True))
            for slug in ticked - had:
                kept |= changed.get(slug, set())
            for slug in had - ticked:
                kept -= changed.get(slug, set())
            data["permissions"] = Permission.objects.filter(pk__in=kept)
        return data

    def parts(self, held: set[int]) -> list[Held]:
        """Return the tasks, with which of their permissions are held."""
        field: Any = self.fields["permissions"]
        return by_task(field.queryset, held)

    def tasks(self) -> dict[str, list[Held]]:
        """Return the tasks by their sections, as they stand or were filled in."""
        if "permissions" not in self.fields:
            return {}
        value = self["permissions"].value() or []
        sections: dict[str, list[Held]] = {}
        for part in self.parts(
            {int(getattr(one, "pk", one)) for one in value if str(getattr(one, "pk", one)).isdigit()}
        ):
            sections.setdefault(part.task.section, []).append(part)
        return sections


class ClientForm(forms.Form):
    """A new API client, or another key for one that stands."""

    name = forms.RegexField(
        CLIENT_NAME,
        label="Name of the client",
        max_length=150,
        help_text="Such as crm. An existing client gets another key.",
    )
    group = forms.ModelChoiceField(Group.objects.order_by("name"), label="Group", empty_label="Choose a group")
    days = forms.IntegerField(label="Valid for days", min_value=1, max_value=3650, initial=365)
    reason = forms.CharField(label="Reason for the audit trail", max_length=1000)


class PlainReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Reason for the audit trail", max_length=1000)
