"""The page of a new line: a verb about nothing that stands yet, on a page of its own."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from accounts.models import Account
from customers.models import Customer
from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.macros import Macro
from ocsportal.backoffice.verbs import Verb, VerbForm, VerbPage
from ocsportal.care.lines.form import ONLY, NewLineForm
from ocsportal.care.search import LONGEST_TERM
from ocsportal.care.search.customers import SOURCE
from ocsportal.care.search.hits import searched
from ocsportal.entities.models import Entity
from ocsportal.entities.search.asking import first_of
from ocsportal.entities.values import is_storable
from ocsportal.transactions.given import Checked
from subscribers.models import Subscriber
from subscribers.operations import create_subscriber

# How many customers are offered while somebody types one.
MOST_HITS = 6
NEW_LINE = Verb(
    slug="new-line",
    label="New line",
    operation=Macro((create_subscriber,)),
    form=NewLineForm,
    argument="",
    done="The line was made.",
    foresees=True,
)


@login_required
def new_line(request: HttpRequest) -> HttpResponse:
    """Show and run the form of a new line."""
    if not request.user.is_staff:
        raise PermissionDenied
    if "use" in request.POST:
        request.POST = _used(request.POST)  # type: ignore[assignment]
    return _NewLinePage(admin.site, NEW_LINE, _unreferenced).respond(request, None, _back(request))


def adding(request: HttpRequest, root: Entity) -> list[Checked]:
    """Return the button of a page that adds a line below it; nothing where one can't be, or the user may not."""
    if type(root) not in (Customer, Account) or root.is_deactivated or not NEW_LINE.operation.allowed(request.user):
        return []
    address = f"{reverse('new-line')}?{root._meta.model_name}={root.ref_id}"
    return [{"url": address, "words": NEW_LINE.label, "page": True}]


def _used(given: QueryDict) -> QueryDict:
    """Return what was filled in, with a customer that was offered in its place; nothing is sent yet."""
    data = given.copy()
    data["customer"], data["customer_is"], data["preview"] = str(data["use"]), "EXISTING", "1"
    del data["use"]
    return data


def _back(request: HttpRequest) -> str:
    for name, model in (("account", Account), ("customer", Customer)):
        ref_id = request.GET.get(name, "").replace("\x00", "")
        found = model._default_manager.filter(ref_id=ref_id).first() if ref_id else None
        if found is not None:
            return address_of(found)
    return reverse("home")


def _unreferenced(entity: Entity) -> Any:
    raise AssertionError("What is made below what is among the form's own arguments.")


class _NewLinePage(VerbPage):
    """The form beside the list of what will be made; it leads to the subscriber."""

    template = "care/new_line.html"
    back_words = "Back"

    def show(self, request: HttpRequest, form: VerbForm, entity: Entity, back: str, status: int = 200) -> HttpResponse:
        """Render the page, with the customers that fit what is typed."""
        response: Any = super().show(request, form, entity, back, status)
        assert isinstance(form, NewLineForm)
        offers, more = form.sale
        parts = [
            (part, title, [(form[name], ONLY.get(name, "")) for name in names if name in form.fields])
            for part, title, names in form.parts
        ]
        fitting = {"hits": _hits(form), "offers": offers, "more": more}
        response.context_data |= {"parts": parts, **fitting}
        shown: HttpResponse = response
        return shown

    def finish(self, request: HttpRequest, entity: Entity, outcome: Any, back: str) -> HttpResponse:
        """Say what was made and go to the line."""
        messages.success(request, self.verb.done)
        made = next(
            (item["object"]["refId"] for item in outcome.items if item["objectType"].endswith(".SubscriberEx")), ""
        )
        found = Subscriber.objects.filter(ref_id=made).first()
        return HttpResponseRedirect(address_of(found) if found else back)


def _hits(form: NewLineForm) -> list[Customer]:
    """Return the customers that somebody may mean who has typed a part of what one is called; none once one is found."""
    typed = str(form.data.get("customer", "")).strip() if form.is_bound else ""
    if not typed or len(typed) > LONGEST_TERM or not is_storable(typed) or form.found("customer") is not None:
        return []
    query = searched(typed)
    [found] = first_of([SOURCE.tiers(query)], MOST_HITS)
    rows = {row.pk: row for row in SOURCE.rows().filter(pk__in=[one.key for one in found])}
    return [rows[one.key] for one in found if one.key in rows and not rows[one.key].is_deactivated]
