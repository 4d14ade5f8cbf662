"""What of a queue somebody wants to see: by its date, its level, who set it, whose it is, what it is called."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Model, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.http import QueryDict
from django.utils import timezone

from customers.models import Customer
from ocsportal.entities.life.plans import PlannedChange
from ocsportal.entities.models import StateReason
from ocsportal.entities.search.conditions import anywhere
from ocsportal.entities.store.whole import levels_up
from ocsportal.entities.values import is_storable
from ocsportal.values.phones import digits_of
from subscribers.models import Subscriber, SubscriberResource

OVERDUE, WEEK = "overdue", "week"
SHORTEST_NUMBER = 3
MOST_HOLDERS = 200
# A year that no plan has, for a place behind everything.
SECOND = 1_000_000


@dataclass(frozen=True)
class QueuePlace:
    """Where a page of a queue ends: its last entry's instant, level with kind, and key."""

    at: datetime
    where: str
    key: int

    def __str__(self) -> str:
        return f"{round(self.at.timestamp() * SECOND)}.{self.where}.{self.key}"

    @classmethod
    def read(cls, text: str) -> "QueuePlace | None":
        """Return the place that an address names; what is none begins at the first entry."""
        parts = text.split(".")
        if len(parts) != 4 or not (parts[0].isascii() and parts[0].isdigit() and parts[3].isascii()):
            return None
        if not parts[3].isdigit() or len(parts[3]) > 18 or len(parts[0]) > 17:
            return None
        try:
            at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(parts[0]))
        except OverflowError:
            return None
        return cls(at, f"{parts[1]}.{parts[2]}", int(parts[3]))


@dataclass(frozen=True)
class QueueFilter:
    """What narrows a queue; nothing of it for all that waits."""

    due: str = ""
    level: str = ""
    by: str = ""
    customer: Customer | None = None
    find: str = ""
    after: QueuePlace | None = None
    # What was typed for the customer and names none, or several.
    nobody: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "QueueFilter":
        """Return what an address asks for; what means nothing narrows nothing."""
        texts = {name: query.get(name, "").strip()[:255] for name in ("due", "level", "by", "customer", "find")}
        texts = {name: text if is_storable(text) else "" for name, text in texts.items()}
        typed = texts.pop("customer")
        customer = _customer(typed) if typed else None
        due = texts["due"] if texts["due"] in (OVERDUE, WEEK) else ""
        after = QueuePlace.read(query.get("after", ""))
        asked = cls(**{**texts, "due": due}, customer=customer, after=after)
        return replace(asked, nobody=typed) if typed and customer is None else asked

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.due or self.level or self.by or self.customer or self.find or self.nobody)

    def query(self, **other: object) -> str:
        """Return it as an address has it, with some of it otherwise, from the first page on."""
        own = {"due": self.due, "level": self.level, "by": self.by, "find": self.find}
        own["customer"] = self.customer.ref_id if self.customer else self.nobody
        asked = {name: value for name, value in {**own, **other}.items() if value}
        return f"?{urlencode(asked)}" if asked else "?"

    def conditions(self, model: type[Model], kind: PlannedChange, at: datetime) -> list[Q]:
        """Return what the rows of a level have to fulfil: any of these, each of which an index serves; none if none can."""
        if self.nobody or (self.level and self.level != model._meta.model_name):
            return []
        both = self._due(kind, at)
        if self.by:
            both &= Q(**{kind.by: self.by})
        return [both & whose & called for whose in self._whose(model) for called in self._called(model)]

    def _due(self, kind: PlannedChange, at: datetime) -> Q:
        if self.due == OVERDUE:
            return Q(**{f"{kind.instant}__lt": at})
        if self.due == WEEK:
            return Q(**{f"{kind.instant}__gte": at, f"{kind.instant}__lt": week_ends(at)})
        return Q()

    def _whose(self, model: type[Model]) -> list[Q]:
        if self.customer is None:
            return [Q()]
        if issubclass(model, Customer):
            return [Q(pk=self.customer.pk)]
        return [Q(**{path: self.customer.pk}) for path in levels_up(model) if _end(model, path) is Customer]

    def _called(self, model: type[Model]) -> list[Q]:
        term = self.find
        if not term:
            return [Q()]
        reasons = StateReason.objects.filter(name__icontains=term).values("pk")
        named = [anywhere(term) | Q(ref_id=term) | Q(external_id=term), Q(plan_reason__in=reasons)]
        digits = digits_of(term) or ""
        if issubclass(model, Subscriber) and len(digits) >= SHORTEST_NUMBER:
            holders = SubscriberResource.objects.filter(valid_to=None, value__contains=digits.lstrip("0"))
            named.append(Q(pk__in=holders.values("subscriber")[:MOST_HOLDERS]))
        return named

    def beyond(self, where: list[str], place: int, kind: PlannedChange) -> Q:
        """Return the condition that the rows of a level come after the place where the page before ended."""
        if self.after is None or self.after.where not in where:
            return Q()
        last = where.index(self.after.where)
        if place == last:
            behind: Any = TupleGreaterThan(Tuple(F(kind.instant), F("pk")), (self.after.at, self.after.key))
            return Q(behind)
        return Q(**{f"{kind.instant}__{'gt' if place < last else 'gte'}": self.after.at})


def week_ends(at: datetime) -> datetime:
    """Return when the week of an instant ends: the midnight after its Sunday, in the zone of the bills."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=7 - midnight.weekday())


def _customer(typed: str) -> Customer | None:
    found = list(Customer.objects.filter(Q(ref_id=typed) | Q(external_id=typed))[:2])
    found = found or list(Customer.objects.filter(custom_name=typed).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


def _end(model: type[Model], path: str) -> type[Model]:
    for name in path.split("__"):
        related = model._meta.get_field(name).related_model
        assert isinstance(related, type)
        model = related
    return model
