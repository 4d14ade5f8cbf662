"""The draft's paths."""

from rest_framework.routers import SimpleRouter

from tests.bench.rivals.draft.views import CustomerViewSet

router = SimpleRouter()
router.register("customers", CustomerViewSet)
urlpatterns = router.urls
