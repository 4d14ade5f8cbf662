"""The columns that every level shares, and the configuration that does not belong to one level alone."""

from collections.abc import Collection
from typing import ClassVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from ocsportal.entities.identity import make_ref_id
from ocsportal.entities.in_use import refuse_changes_in_use, rests
from ocsportal.entities.search.field import SearchText
from ocsportal.entities.states import OPEN_PLANS, PlanOutcome, PlanStatus, State
from ocsportal.transactions.columns import links_of
from ocsportal.transactions.history import PERSONAL, Tracked, tracked_history
from ocsportal.values.reading import STRICT, Refusal
from ocsportal.values.texts import CONFIGURATION_CODE, NAME

# The plans that stand in a queue.
WAITING = [*(status.value for status in OPEN_PLANS), PlanStatus.REFUSED.value]


class Identified(Tracked):
    """What the portal gives a reference ID, and whose versions requests name (docs/identity.md)."""

    ref_id = models.CharField(max_length=14, unique=True, default=make_ref_id, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def related(cls) -> list[str]:
        """Return the foreign keys that a representation follows, for all of it to be fetched in one query."""
        return [link.name for link in links_of(cls)]

    @property
    def etag(self) -> str:
        """What tells this version from every other, as ETag and If-Match carry it without quotes."""
        return f"{self.ref_id}-{self.version}"


class ConfigurationItem(Identified):
    """A named item that requests refer to by its code. The code never changes; everything else may."""

    code = models.CharField(max_length=60, unique=True, help_text="How requests name it. It can't be changed later.")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["name", "code"]
        default_permissions = ("add", "change", "view")

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Demand a code of a few plain characters, and a name that can be seen (docs/values.md)."""
        errors: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        # A code from before this rule can't be changed any more.
        kinds = {"name": NAME, **({"code": CONFIGURATION_CODE} if self._state.adding else {})}
        for name in kinds.keys() - {*(exclude or ()), *errors}:
            try:
                setattr(self, name, kinds[name].canonical(getattr(self, name), STRICT))
            except Refusal as refusal:
                errors[name] = [ValidationError(refusal.message)]
        if errors:
            raise ValidationError(errors)

    def __str__(self) -> str:
        return self.name

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Refuse, as forms ask for it, what constraints and the triggers of items in use would refuse as well."""
        super().validate_constraints(exclude=exclude)
        refuse_changes_in_use(self)


class StateReason(ConfigurationItem):
    """Why something is in a state; it belongs to one state and says whether recurring charging goes on in it."""

    state = models.CharField(max_length=12, choices=State.choices)
    charged = models.BooleanField(default=False, help_text="Recurring charging goes on in this state.")

    history = tracked_history()


class Entity(Identified):
    """What a customer, an account, a subscriber and a subscription have in common: identity, attributes, state, plan."""

    # The reverse relations that lead down, for cascades; a lower level never imports a higher one.
    subordinates: ClassVar[tuple[str, ...]] = ()
    # The edition at which it was read, where that is known (ocsportal/transactions/edition.py).
    stands: str | None = None
    # Whether it was read together with what it pointed to before another writer changed it.
    torn: bool = False
    # Whether it was read as a reference only: its IDs, and those of what is above it.
    partial: bool = False
    # The foreign keys that lead up a level; they never change.
    superiors: ClassVar[tuple[str, ...]] = ()
    # The reverse relations whose entities are deactivated with it, whether asked for or not.
    dependents: ClassVar[tuple[str, ...]] = ()
    # Whether it may be hung below another one of its level later on.
    moves: ClassVar[bool] = False
    # What requests call the superior of the same level.
    parent_parameter: ClassVar[str] = "parent"
    # The foreign key to a superior of the same level, where there is one; it may change.
    parent_link: ClassVar[str] = ""
    # The columns that a deactivation resets, which the kinds of planned changes enter (ocsportal/entities/life/plans.py), and the
    # reverse relations whose live rows it ends.
    cleared: ClassVar[dict[str, object]] = {}
    ends: ClassVar[tuple[str, ...]] = ()
    # Foreign keys of what it points to that its representation follows too.
    followed: ClassVar[tuple[str, ...]] = ()
    dated: ClassVar[dict[str, tuple[str, ...]]] = {
        "state_valid_from": ("state", "state_reason", "state_valid_from", "state_imposed_by")
    }
    # What it is searched by beside its own name and its attributes: the column of a legal name, and all others.
    searched_name: ClassVar[str] = ""
    searched: ClassVar[tuple[str, ...]] = ()

    external_id = models.CharField(max_length=255, unique=True, null=True)
    custom_name = models.CharField(max_length=255, blank=True, db_comment=PERSONAL)
    custom_attributes = models.JSONField(default=dict, blank=True, db_comment=PERSONAL)

    state = models.CharField(max_length=12, choices=State.choices)
    # A handful of reasons for all rows: an index would cost each write and help no search.
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, related_name="+", db_index=False)
    state_valid_from = models.DateTimeField()
    # Which superior's cascade put it there, as `kind:refId`; empty when the state is its own.
    state_imposed_by = models.CharField(max_length=40, blank=True)

    plan_status = models.CharField(max_length=10, choices=PlanStatus.choices, blank=True)
    plan_state = models.CharField(max_length=12, choices=State.choices, blank=True)
    plan_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    plan_valid_from = models.DateTimeField(null=True)
    # When the planned suspension ends, where it is a hold; its end is planned once it is in force.
    plan_valid_to = models.DateTimeField(null=True)
    plan_subordinates = models.BooleanField(default=False)
    plan_by = models.CharField(max_length=150, blank=True)

    # What became of the last plan that is not open any more; it outlives later changes of state.
    last_plan_outcome = models.CharField(max_length=10, choices=PlanOutcome.choices, blank=True)
    last_plan_state = models.CharField(max_length=12, choices=State.choices, blank=True)
    last_plan_reason = models.ForeignKey(
        StateReason, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    last_plan_valid_from = models.DateTimeField(null=True)
    last_plan_code = models.CharField(max_length=60, blank=True)
    last_plan_message = models.TextField(
        blank=True, help_text="Why the plan was refused when it fell due.", db_comment=PERSONAL
    )
    last_plan_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    # Follows from the columns above; no part of the history (docs/adr/0024-search-text.md).
    search_text = SearchText()

    class Meta:
        abstract = True
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="%(class)s_state_known"),
            models.CheckConstraint(condition=~Q(external_id=""), name="%(class)s_external_id_not_empty"),
            models.CheckConstraint(
                condition=~Q(plan_status__in=[status.value for status in OPEN_PLANS])
                | Q(plan_state__in=State.values, plan_reason__isnull=False, plan_valid_from__isnull=False),
                name="%(class)s_plan_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="%(class)s_state"),
            models.Index(fields=["changed_at", "id"], name="%(class)s_changed"),
            models.Index(fields=["plan_valid_from", "id"], condition=Q(plan_status="SCHEDULED"), name="%(class)s_due"),
            models.Index(
                fields=["plan_valid_from", "id"], condition=Q(plan_status="PENDING"), name="%(class)s_pending"
            ),
            # Every page counts them, and few are ever refused: without an index the count looks at every row.
            models.Index(
                fields=["plan_valid_from", "id"], condition=Q(plan_status="REFUSED"), name="%(class)s_refused"
            ),
            # A queue narrowed to who set it is read in its order; who plans nothing pays nothing.
            models.Index(
                fields=["plan_status", "plan_by", "plan_valid_from", "id"],
                condition=Q(plan_status__in=WAITING),
                name="%(class)s_set_by",
            ),
        ]

    def __str__(self) -> str:
        return self.custom_name or self.external_id or self.ref_id

    @classmethod
    def related(cls) -> list[str]:
        """Return them, and those of what it points to that are followed too."""
        return [*super().related(), *cls.followed]

    @property
    def has_plan(self) -> bool:
        """Whether a change is planned and still open."""
        return self.plan_status in OPEN_PLANS

    @property
    def is_deactivated(self) -> bool:
        """Whether it has reached its final state."""
        return self.state == State.DEACTIVATED


def rests_on_reasons(model: type[models.Model]) -> None:
    """Declare that rows of a model have state reasons, each of them a reason for the state that it stands beside."""
    links = [f for f in model._meta.concrete_fields if f.remote_field and f.remote_field.model is StateReason]
    rests(model, [field.name for field in links], StateReason, "state")


def level_of(model: type[models.Model]) -> type[Entity]:
    """Return a model that is known to be a level's."""
    assert issubclass(model, Entity)
    return model


def entity_models() -> list[type[Entity]]:
    """Return the models of all levels, the topmost first: the order in which they are locked."""
    return [model for model in apps.get_models() if issubclass(model, Entity)]
