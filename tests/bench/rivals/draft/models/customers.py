"""The draft's customers: the columns as the portal has them, the library's history; and a table of request keys."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from ocsportal.entities.identity import make_ref_id
from tests.bench.rivals.draft.models.configuration import Profile, Segment, StateReason


class Customer(models.Model):
    """A customer."""

    ref_id = models.CharField(max_length=14, unique=True, default=make_ref_id, editable=False)
    external_id = models.CharField(max_length=255, unique=True, null=True)
    custom_name = models.CharField(max_length=255, blank=True, db_index=True)
    custom_attributes = models.JSONField(default=dict, blank=True)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, null=True)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=12, blank=True, db_index=True)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, null=True)
    state_valid_from = models.DateTimeField(default=timezone.now)
    test_customer = models.BooleanField(default=False)
    contact_name = models.CharField(max_length=255, blank=True, db_index=True)
    contact_email = models.EmailField(blank=True, db_index=True)
    contact_phone = models.CharField(max_length=16, blank=True, db_index=True)
    contact_address_line1 = models.CharField(max_length=255, blank=True)
    contact_address_line2 = models.CharField(max_length=255, blank=True)
    contact_postal_code = models.CharField(max_length=20, blank=True)
    contact_city = models.CharField(max_length=100, blank=True)
    contact_country = models.CharField(max_length=2, blank=True)
    contact_language = models.CharField(max_length=35, blank=True)
    contact_tax_number = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    history = HistoricalRecords()


class Request(models.Model):
    """A request that was answered, by the key under which the client may repeat it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    key = models.CharField(max_length=255)
    answer = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="request_once")]
