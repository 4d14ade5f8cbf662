"""What can be sold with a line, and what it costs: each offer in the version that would be subscribed now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q

from accounts.models import Currency
from ocsportal.entities.decimals import grouped
from offers.models import Offer, OfferService, OfferVersion, ServiceType
from offers.words import sentence

# How many offers are drawn; the others are found by typing.
MOST_OFFERS = 12
FEES = {ServiceType.RECURRENT_FEE: "recurring", ServiceType.ONE_TIME_FEE: "once"}


@dataclass(frozen=True)
class Priced:
    """An offer, what it brings in words, and its fees."""

    offer: Offer
    currency: str
    words: str
    recurring: Decimal = Decimal(0)
    once: Decimal = Decimal(0)
    chosen: bool = False

    @property
    def recurring_told(self) -> str:
        """The recurring fee as people read it; a dash where there is none."""
        return money(self.recurring, self.currency)

    @property
    def once_told(self) -> str:
        """The fee that is taken once."""
        return money(self.once, self.currency)


@dataclass
class Sum:
    """What some offers cost together, currency by currency."""

    recurring: dict[str, Decimal] = field(default_factory=dict)
    once: dict[str, Decimal] = field(default_factory=dict)

    def add(self, priced: Priced) -> None:
        """Add an offer."""
        for kept, amount in ((self.recurring, priced.recurring), (self.once, priced.once)):
            if amount:
                kept[priced.currency] = kept.get(priced.currency, Decimal(0)) + amount

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The sums in words: what is charged again and again, and what once."""
        told = {"Recurring": self.recurring, "Once": self.once}
        return [(name, money(amount, code)) for name, sums in told.items() for code, amount in sorted(sums.items())]


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency; a dash for none."""
    return f"{grouped(amount, 2)} {currency}".strip() if amount else "–"


def sold(term: str, chosen: Iterable[str], at: datetime, currency: Currency | None) -> tuple[list[Priced], bool]:
    """Return the offers on catalogue terms that fit a currency, the chosen ones first, and whether there are more.

    A term narrows those that are not chosen to a part of their name or code.
    """
    chosen = [code for code in chosen if code and "\x00" not in code]
    rows = Offer.objects.filter(individual=False).prefetch_related(
        Prefetch("versions", OfferVersion.objects.select_related("currency").order_by("-valid_from", "-number")),
    )
    term = "" if "\x00" in term else term.strip()[:100]
    wanted = Q(code__icontains=term) | Q(name__icontains=term) if term else Q()
    picked = list(rows.filter(code__in=chosen).order_by("name", "code"))
    others = rows.filter(wanted).exclude(code__in=chosen).order_by("name", "code")
    fitting = [(offer, version) for offer in picked if (version := _fitting(offer, at, currency))]
    found: list[tuple[Offer, OfferVersion]] = []
    more = False
    for offer in others[: MOST_OFFERS * 4]:
        version = _fitting(offer, at, currency)
        if version is not None:
            more = len(found) >= MOST_OFFERS
            if more:
                break
            found.append((offer, version))
    return _priced([*fitting, *found], set(chosen)), more


def _fitting(offer: Offer, at: datetime, currency: Currency | None) -> OfferVersion | None:
    for version in offer.versions.all():
        if version.covers(at) and (currency is None or version.currency_id in (None, currency.pk)):
            return version
    return None


def _priced(found: list[tuple[Offer, OfferVersion]], chosen: set[str]) -> list[Priced]:
    services = OfferService.objects.filter(version_of__in=[version.pk for _, version in found])
    of_version: dict[int, list[OfferService]] = {}
    for row in services.select_related("service").order_by("pk"):
        of_version.setdefault(row.version_of_id, []).append(row)
    return [_price(offer, version, of_version.get(version.pk, []), offer.code in chosen) for offer, version in found]


def _price(offer: Offer, version: OfferVersion, services: list[OfferService], chosen: bool) -> Priced:
    code = version.currency.code if version.currency else ""
    fees = {"recurring": Decimal(0), "once": Decimal(0)}
    for row in services:
        kind = FEES.get(ServiceType(row.service.type))
        if kind:
            fees[kind] += Decimal(str(row.values.get("charge") or 0))
    words = "; ".join(f"{row.service.name}: {sentence(row.service, row.values, code)}" for row in services)
    return Priced(offer, code, words, **fees, chosen=chosen)
