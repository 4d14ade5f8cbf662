"""The three reads that every level has, made from what it declares: one of them, its history, the list."""

from collections.abc import Callable

from django.db.models import Model, QuerySet
from django.urls import URLPattern, path
from django_filters import FilterSet

from ocsportal.entities.identity import Ref
from ocsportal.rest.entities import EntityHistoryView, EntityListView, EntityReadView
from ocsportal.rest.fields import StrictSerializer
from ocsportal.rest.views import ReadView
from ocsportal.transactions.operation import Operation


def read_paths(
    collection: str,
    operation: Operation,
    words: str,
    *,
    find: Callable[[Ref], object],
    entities: Callable[[], QuerySet[Model]],
    parameters: type[StrictSerializer],
    filters: type[FilterSet],
    base: type[EntityReadView] = EntityReadView,
) -> list[URLPattern]:
    """Return the addresses of the list, the read and the history of a level.

    `words` describe the read in OpenAPI, `find` returns one entity, `entities` all of them; `base` is for a read that
    finds an entity by more than its IDs.
    """
    meta = operation.model._meta
    kind, name = meta.object_name, str(meta.verbose_name)
    article = "an" if name[0] in "aeiou" else "a"
    asked: dict[str, object] = {"operation": operation, "find": staticmethod(find)}
    read = type(f"Read{kind}View", (base,), {**asked, "parameter_class": parameters, "__doc__": words})
    told = f"Read {article} {name}'s history, newest first, or the {name} as it stood at an instant."
    history = type(f"{kind}HistoryView", (EntityHistoryView,), {**asked, "__doc__": told})
    listing = type(
        f"{kind}ListView",
        (EntityListView,),
        {
            "operation": operation,
            "filters": filters,
            "entities": classmethod(lambda cls: entities()),
            "__doc__": f"List and search {meta.verbose_name_plural}.",
        },
    )
    views: dict[str, type[ReadView]] = {
        collection: listing,
        f"{collection}/read": read,
        f"{collection}/history": history,
    }
    return [path(address, view.as_view()) for address, view in views.items()]
