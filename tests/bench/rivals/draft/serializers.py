"""The draft's bodies and answers."""

from typing import Any

from rest_framework import serializers

from tests.bench.rivals.draft.models import (
    Account,
    Balance,
    Customer,
    Offer,
    Profile,
    Resource,
    ResourceType,
    Segment,
    StateReason,
    Subscriber,
    SubscriberProfile,
    Subscription,
)


class ItemSerializer(serializers.Serializer):
    """A configured item, as answers show it."""

    refId = serializers.CharField(source="ref_id")
    code = serializers.CharField()
    name = serializers.CharField()


class ReferenceSerializer(serializers.Serializer):
    """A reference to an entity, as answers show it."""

    refId = serializers.CharField(source="ref_id")
    externalId = serializers.CharField(source="external_id")


def by_code(model: Any, **options: Any) -> Any:
    """Return a field that names a configured item by its code."""
    return serializers.SlugRelatedField(slug_field="code", queryset=model.objects.all(), **options)


class CustomerSerializer(serializers.ModelSerializer):
    """A customer."""

    profile = by_code(Profile, required=False)
    segment = by_code(Segment, required=False)
    state_reason = by_code(StateReason, required=False)

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


class AccountSerializer(serializers.ModelSerializer):
    """An account, as answers show it."""

    customer = ReferenceSerializer()
    parent = ReferenceSerializer()
    profile = ItemSerializer()
    account_type = ItemSerializer()
    currency = ItemSerializer()
    bill_cycle = ItemSerializer()
    state_reason = ItemSerializer()

    class Meta:
        model = Account
        exclude = ("id", "plan_reason")


class SubscriptionSerializer(serializers.ModelSerializer):
    """A subscription, as answers show it."""

    customer = ReferenceSerializer()
    account = ReferenceSerializer()
    subscriber = ReferenceSerializer()
    offer = ItemSerializer()
    offer_version = serializers.IntegerField(source="offer_version.number")
    state_reason = ItemSerializer()

    class Meta:
        model = Subscription
        exclude = ("id", "plan_reason")


class TreeSerializer(CustomerSerializer):
    """A customer with accounts and subscriptions, nested."""

    accounts = AccountSerializer(many=True)
    subscriptions = SubscriptionSerializer(many=True)


class ResourceSerializer(serializers.ModelSerializer):
    """A resource, as answers show it."""

    resource_type = ItemSerializer()

    class Meta:
        model = Resource
        exclude = ("id", "subscriber")


class BalanceSerializer(serializers.ModelSerializer):
    """A balance, as answers show it."""

    service = ItemSerializer()
    subscription = ReferenceSerializer()

    class Meta:
        model = Balance
        exclude = ("id",)


class SubscriberSerializer(serializers.ModelSerializer):
    """A subscriber."""

    profile = by_code(SubscriberProfile)
    primary_resource_type = by_code(ResourceType)
    primary_resource = serializers.RegexField(r"^[1-9][0-9]{6,14}$", write_only=True)

    class Meta:
        model = Subscriber
        fields = (
            "ref_id", "external_id", "custom_name", "custom_attributes", "profile", "primary_resource_type",
            "primary_resource",
        )  # fmt: skip

    def create(self, validated_data: dict[str, Any]) -> Subscriber:
        """Create a subscriber with the account and the customer that its profile makes, and its resource."""
        value = validated_data.pop("primary_resource")
        profile = validated_data["profile"]
        makes = profile.account_profile
        above = makes.customer_profile
        customer = Customer.objects.create(profile=above, segment=above.segment, **_state(above))
        account = Account.objects.create(
            customer=customer,
            profile=makes,
            account_type=makes.account_type,
            currency=makes.currency,
            bill_cycle=makes.bill_cycle,
            **_state(makes),
        )
        subscriber = Subscriber.objects.create(
            account=account, segment=profile.segment, **_state(profile), **validated_data
        )
        Resource.objects.create(
            subscriber=subscriber, resource_type=validated_data["primary_resource_type"], value=value
        )
        return subscriber

    def to_representation(self, instance: Subscriber) -> dict[str, Any]:
        """Show what was made with it."""
        shown = super().to_representation(instance)
        shown["account"] = AccountSerializer(instance.account).data
        shown["customer"] = CustomerSerializer(instance.account.customer).data
        shown["resources"] = ResourceSerializer(instance.resources.all(), many=True).data
        return shown


class SubscribeSerializer(serializers.Serializer):
    """What is to be subscribed by whom."""

    customer = serializers.SlugRelatedField(slug_field="external_id", queryset=Customer.objects.all())
    external_id = serializers.CharField(max_length=255)
    offer = by_code(Offer)
    state_reason = by_code(StateReason)

    def validate_external_id(self, value: str) -> str:
        """Refuse what is taken."""
        if Subscription.objects.filter(external_id=value).exists():
            raise serializers.ValidationError("Is taken.")
        return value

    def create(self, validated_data: dict[str, Any]) -> Subscription:
        """Create the subscription, its balances and their first entries."""
        version = validated_data["offer"].versions.order_by("-valid_from", "-number").first()
        subscription = Subscription.objects.create(state="ACTIVE", offer_version=version, **validated_data)
        for terms in version.services.select_related("service"):
            balance = Balance.objects.create(
                subscription=subscription,
                service=terms.service,
                units=terms.units,
                granted=terms.granted,
                actual=terms.granted,
                thresholds=terms.thresholds,
            )
            balance.ledger.create(amount=balance.actual, before=0, after=balance.actual, user="bench")
        return subscription

    def to_representation(self, instance: Subscription) -> dict[str, Any]:
        """Show the subscription with its balances."""
        return {
            "subscription": SubscriptionSerializer(instance).data,
            "balances": BalanceSerializer(instance.balances.all(), many=True).data,
        }


class AdjustSerializer(serializers.Serializer):
    """By how much a balance is to be adjusted, and why."""

    service = serializers.CharField()
    adjustment = serializers.DecimalField(max_digits=18, decimal_places=6)
    reason = serializers.CharField(max_length=1000)


def _state(profile: Any) -> dict[str, Any]:
    return {"state": profile.state, "state_reason": profile.state_reason}
