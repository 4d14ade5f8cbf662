"""What hangs on an entity: the part of a superior's page that each level below draws of itself."""

from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.urls import reverse

from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import Verb
from ocsportal.backoffice.words import cause
from ocsportal.entities.models import Entity

MOST_BELOW = 100


class Hanging(ModelAdmin):
    """The parts of pages, asked of each other at run time: no level knows what is below it."""

    create: ClassVar[Verb | None] = None
    below_template = "entity/below.html"
    # The levels further up on whose pages this one shows too, each with the way up to it.
    also_below: ClassVar[dict[type[Entity], str]] = {}

    @staticmethod
    def why(entity: Entity) -> str:
        """Return why the entity is in its state, and since when."""
        since = f"since {moment(entity.state_valid_from)}"
        return f"{cause(entity)}, {since}" if cause(entity) else since

    def address(self, entity: Entity) -> str:
        """Return the address of an entity's page."""
        return address_of(entity)

    def level_crumb(self) -> tuple[str, str]:
        """Return the breadcrumb of the level: its list."""
        words = str(self.opts.verbose_name_plural)
        return words[:1].upper() + words[1:], reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def below(self, request: HttpRequest, entity: Any) -> list[dict[str, Any]]:
        """Return what hangs on the entity, part by part: each level below draws its own, asked for at run time."""
        parts = []
        for name in self.model.subordinates:
            relation: Any = self.model._meta.get_field(name)
            level = self.admin_site._registry.get(relation.related_model)
            if isinstance(level, Hanging) and level.has_view_permission(request):
                parts.append(level.hanging(request, entity, relation.field.name))
        for level in self.admin_site._registry.values():
            link = level.also_below.get(self.model) if isinstance(level, Hanging) else None
            if isinstance(level, Hanging) and link and level.has_view_permission(request):
                parts.append(level.hanging(request, entity, link))
        return parts

    def hanging(self, request: HttpRequest, superior: Entity, link: str) -> dict[str, Any]:
        """Return this level's part of the page of a superior, which `link` points to: its rows, and where to add one.

        At most MOST_BELOW rows, by a number of queries that does not grow with them.
        """
        rows = self.rows_below(request, superior, link)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        add = f"{reverse(f'{name}_add')}?{link}={superior.ref_id}"
        return {
            "title": self.level_crumb()[0],
            "level": self.opts.model_name,
            "template": self.below_template,
            "rows": rows[:MOST_BELOW],
            "shown": MOST_BELOW,
            "more": f"{reverse(f'{name}_changelist')}?{link}__ref_id={superior.ref_id}" if rows[MOST_BELOW:] else "",
            "add": add if self.has_add_permission(request) and not superior.is_deactivated else "",
            "add_words": self.create.label if self.create else "",
        }

    def rows_below(self, request: HttpRequest, superior: Entity, link: str) -> list[Any]:
        """Return what a superior's page shows of this level: one more than MOST_BELOW when there is more."""
        found = self.get_queryset(request).filter(**{link: superior}).order_by("pk")[: MOST_BELOW + 1]
        return [{"entity": entity, "url": self.address(entity), "why": self.why(entity)} for entity in found]
