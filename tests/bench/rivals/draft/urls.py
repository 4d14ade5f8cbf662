"""The draft's paths."""

from rest_framework.routers import SimpleRouter

from tests.bench.rivals.draft.views import CustomerViewSet, SubscriberViewSet, SubscriptionViewSet

router = SimpleRouter()
router.register("customers", CustomerViewSet)
router.register("subscribers", SubscriberViewSet)
router.register("subscriptions", SubscriptionViewSet)
urlpatterns = router.urls
