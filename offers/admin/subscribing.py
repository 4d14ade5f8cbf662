"""Subscribe in steps: whom, to what, on which terms. The first two are plain searches by GET, the last one is a verb."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from ocsportal.backoffice import links
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.verbs import Verb, VerbPage
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity
from ocsportal.transactions.touched import Outcome
from offers.finding import find_offers, find_owners, owners
from offers.forms.subscribing import operation_for, subscribing
from offers.models import Offer, Subscription
from offers.models.subscriptions import OWNERS
from offers.operations.currency import currency_of

LIST = "admin:offers_subscription_changelist"


def address_of(entity: Entity) -> str:
    """Return the address of an entity's page, the list of subscriptions while its level has none."""
    try:
        return links.address_of(entity)
    except NoReverseMatch:
        return reverse(LIST)


def respond(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Answer with the step that the address has come to."""
    kind, owner = _owner(request)
    code = request.GET.get("offer", "")
    if owner is not None and code:
        offer = None if "\x00" in code else Offer.objects.select_related("product").filter(code=code).first()
        if offer is None:
            raise Http404
        page = _SubscribePage(site, _verb(owner, kind, offer), _unreferenced)
        page.back_words = str(owner)
        return page.respond(request, None, address_of(owner))
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return _whom(site, request) if owner is None else _what(site, request, kind, owner)


def _owner(request: HttpRequest) -> tuple[str, Any]:
    """Return the owner that the address names, with its kind."""
    for kind in OWNERS:
        ref_id = request.GET.get(kind, "")
        if ref_id:
            found = None if "\x00" in ref_id else owners(kind).filter(ref_id=ref_id).first()
            if found is None:
                raise Http404
            return kind, found
    return "", None


def _verb(owner: Entity, kind: str, offer: Offer) -> Verb:
    return Verb(
        slug="subscribe",
        label=f"Subscribe {owner} to {offer}",
        operation=operation_for(offer, kind),
        form=subscribing(owner, kind, offer),
        argument="",
        done=f"{owner} is subscribed to {offer}.",
        foresees=True,
        explains=offer.description,
        button="Subscribe",
    )


def _whom(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Ask whom the subscription is for."""
    term = request.GET.get("q", "")
    hits = [
        (owner, kind, f"?{urlencode({kind: owner.ref_id})}")
        for kind, owner in find_owners(term)
        if not owner.is_deactivated
    ]
    return _step(site, request, "offers/whom.html", {"hits": hits, "term": term.strip(), "back": reverse(LIST)})


def _what(site: AdminSite, request: HttpRequest, kind: str, owner: Any) -> HttpResponse:
    """Ask which offer: found by typing, never a list of all."""
    term = request.GET.get("q", "")
    currency = currency_of(owner)
    hits = [
        (hit, f"?{urlencode({kind: owner.ref_id, 'offer': hit.offer.code})}")
        for hit in find_offers(term, timezone.now(), currency)
    ]
    context = {
        "hits": hits,
        "term": term.strip(),
        "owner": owner,
        "kind": kind,
        "currency": currency,
        "back": address_of(owner),
    }
    return _step(site, request, "offers/what.html", context)


def _step(site: AdminSite, request: HttpRequest, template: str, context: Drawn) -> HttpResponse:
    if request.GET.get("part") == "hits":
        template = template.replace(".html", "_hits.html")
    own = {"page": request.path, "opts": Subscription._meta, "title": None}
    return TemplateResponse(request, template, {**site.each_context(request), **own, **context})


class _SubscribePage(VerbPage):
    """The last step; it leads to the subscription that it made."""

    def finish(self, request: HttpRequest, entity: Entity, outcome: Outcome, back: str) -> HttpResponse:
        """Say what was made and go to it."""
        messages.success(request, self.verb.done)
        made = Subscription.objects.filter(ref_id=outcome.target_ref_id).first()
        return HttpResponseRedirect(address_of(made) if made else back)


def _unreferenced(entity: Entity) -> Ref:
    raise AssertionError("The owner is among the form's own arguments.")
