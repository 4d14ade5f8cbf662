"""The draft's REST: ModelSerializers and ModelViewSets."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request as RestRequest
from rest_framework.response import Response

from tests.bench.rivals.draft.models import Balance, Customer, Request, Subscriber, Subscription
from tests.bench.rivals.draft.serializers import (
    AdjustSerializer,
    BalanceSerializer,
    CustomerSerializer,
    SubscriberSerializer,
    SubscribeSerializer,
    TreeSerializer,
)


class IdempotentMixin:
    """Answers again what the same request was answered."""

    def create(self, request: RestRequest, *args: Any, **kwargs: Any) -> Response:
        """Create something, unless the same request has made it."""
        return self.once(request, lambda: super(IdempotentMixin, self).create(request, *args, **kwargs))  # type: ignore[misc]

    def once(self, request: RestRequest, work: Any) -> Response:
        """Do a work, unless the same request has done it."""
        key = request.headers["Idempotency-Key"]
        if known := Request.objects.filter(user=request.user, key=key).first():
            return Response(known.answer, status=status.HTTP_201_CREATED)
        response: Response = work()
        Request.objects.create(user=request.user, key=key, answer=response.data)
        return response


class CustomerViewSet(IdempotentMixin, viewsets.ModelViewSet):
    """Customers, by their external ID."""

    queryset = Customer.objects.select_related("profile", "segment", "state_reason")
    serializer_class = CustomerSerializer
    lookup_field = "external_id"

    def get_serializer_class(self) -> Any:
        """Nest what is asked for."""
        return TreeSerializer if "tree" in self.request.query_params else CustomerSerializer


class SubscriberViewSet(IdempotentMixin, viewsets.ModelViewSet):
    """Subscribers, by their external ID."""

    queryset = Subscriber.objects.all()
    serializer_class = SubscriberSerializer
    lookup_field = "external_id"


class SubscriptionViewSet(IdempotentMixin, viewsets.ModelViewSet):
    """Subscriptions, by their external ID."""

    queryset: QuerySet[Subscription] = Subscription.objects.all()
    serializer_class = SubscribeSerializer
    lookup_field = "external_id"

    @action(detail=True, methods=["post"])
    def adjust(self, request: RestRequest, external_id: str) -> Response:
        """Adjust a balance, locked, with its entry in the ledger."""
        return self.once(request, lambda: self._adjusted(request, external_id))

    def _adjusted(self, request: RestRequest, external_id: str) -> Response:
        given = AdjustSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        rows = Balance.objects.select_for_update(of=("self",)).select_related("service", "subscription")
        balance = get_object_or_404(rows, subscription__external_id=external_id, service__code=asked["service"])
        before, balance.actual = balance.actual, balance.actual + asked["adjustment"]
        balance.save()
        balance.ledger.create(
            amount=asked["adjustment"],
            before=before,
            after=balance.actual,
            reason=asked["reason"],
            user=request.user.username,
        )
        return Response(BalanceSerializer(balance).data)
