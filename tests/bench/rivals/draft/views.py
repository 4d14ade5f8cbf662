"""The draft's REST: a ModelSerializer and a ModelViewSet."""

from typing import Any

from rest_framework import serializers, status, viewsets
from rest_framework.request import Request as RestRequest
from rest_framework.response import Response

from tests.bench.rivals.draft.models import Customer, Profile, Request, Segment, StateReason


class ItemSerializer(serializers.Serializer):
    """A configured item, as answers show it."""

    refId = serializers.CharField(source="ref_id")
    code = serializers.CharField()
    name = serializers.CharField()


def _by_code(model: Any) -> Any:
    return serializers.SlugRelatedField(slug_field="code", queryset=model.objects.all(), required=False)


class CustomerSerializer(serializers.ModelSerializer):
    """A customer."""

    profile = _by_code(Profile)
    segment = _by_code(Segment)
    state_reason = _by_code(StateReason)

    class Meta:
        model = Customer
        exclude = ("id",)

    def create(self, validated_data: dict[str, Any]) -> Customer:
        """Create a customer; what the request leaves out comes from the profile."""
        if profile := validated_data.get("profile"):
            validated_data = {
                "segment": profile.segment,
                "state": profile.state,
                "state_reason": profile.state_reason,
            } | validated_data
        return super().create(validated_data)

    def to_representation(self, instance: Customer) -> dict[str, Any]:
        """Show configured items as objects."""
        shown = super().to_representation(instance)
        for name in ("profile", "segment", "state_reason"):
            item = getattr(instance, name)
            shown[name] = ItemSerializer(item).data if item else None
        return shown


class CustomerViewSet(viewsets.ModelViewSet):
    """Customers, by their external ID."""

    queryset = Customer.objects.select_related("profile", "segment", "state_reason")
    serializer_class = CustomerSerializer
    lookup_field = "external_id"

    def create(self, request: RestRequest, *args: Any, **kwargs: Any) -> Response:
        """Create a customer, or answer again what the same request was answered."""
        key = request.headers["Idempotency-Key"]
        if known := Request.objects.filter(user=request.user, key=key).first():
            return Response(known.answer, status=status.HTTP_201_CREATED)
        response = super().create(request, *args, **kwargs)
        Request.objects.create(user=request.user, key=key, answer=response.data)
        return response
