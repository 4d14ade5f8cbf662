"""What hangs on an entity: the part of its page that shows everything below, else what each level draws of itself."""

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.urls import reverse

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import Verb
from ocsportal.backoffice.words import cause
from ocsportal.entities.models import Entity
from ocsportal.registries import Entries

AnEntity = TypeVar("AnEntity", bound=Entity)

# Who draws all that is below at once, for the levels that it knows; asked with each page (docs/portal.md).
Everything = Callable[[HttpRequest, Entity], Drawn | None]
SOURCES: Entries[Everything] = Entries()
# Who tells what happened to an entity and everything below, beside its page; other pages tell their own versions.
STORIES: Entries[Everything] = Entries()


class Hanging(ModelAdmin, Generic[AnEntity]):
    """What the pages of levels ask of each other at run time: no level knows what is below it."""

    model: type[AnEntity]

    create: ClassVar[Verb | None] = None
    # The words of the button on top of a superior's page that adds one; empty where that stands beside what is there.
    makes: ClassVar[str] = ""

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

    def below(self, request: HttpRequest, entity: AnEntity) -> list[Drawn]:
        """Return the parts of the page that show what hangs on the entity."""
        return [part for source in SOURCES if (part := source(request, entity))]

    def story(self, request: HttpRequest, entity: AnEntity) -> Drawn | None:
        """Return the timeline of the entity and everything below, None where the page tells its own versions."""
        return next((part for source in STORIES if (part := source(request, entity))), None)

    def adding(self, request: HttpRequest, superior: Entity) -> dict[str, str] | None:
        """Return where to add one below a superior, and under which words; None where the user can't."""
        link = self._link_up_to(superior)
        if not link or self.create is None or superior.is_deactivated or not self.has_add_permission(request):
            return None
        add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        return {"url": f"{add}?{link}={superior.ref_id}", "words": self.makes or self.create.label, "makes": self.makes}

    def _link_up_to(self, superior: Entity) -> str:
        """Return by which name a new one's form takes a superior up to two levels above; empty for any other."""
        if type(superior) is self.model:
            return str(self.model.parent_link)
        near = {name: self.model._meta.get_field(name).related_model for name in self.model.superiors}
        far = {name for level in near.values() for name in getattr(level, "superiors", ())}
        name = str(superior._meta.model_name)
        return name if name in near or name in far else ""
