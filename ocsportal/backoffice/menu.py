"""The rail: where one can go, as far as one may, and what waits there."""

from dataclasses import dataclass, field

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from ocsportal.backoffice.drawn import Drawn
from ocsportal.entities.glance import how_many
from ocsportal.entities.life.due import entity_models
from ocsportal.entities.life.plans import kinds_of, queues
from ocsportal.entities.models import ConfigurationItem
from ocsportal.transactions.actor import Rights

MOST_COUNTED = 99
# Their pages are there for administrators, a click away on the index, but nobody works in them.
UNLISTED = ("axes", "otp_totp")


@dataclass
class MenuItem:
    """One entry of the rail."""

    label: str
    url: str
    current: bool = False
    count: str = ""


@dataclass
class Section:
    """A titled group of entries."""

    title: str
    items: list[MenuItem] = field(default_factory=list)


def menu(site: AdminSite, request: HttpRequest) -> list[Section]:
    """Return the sections that the user may see anything in."""
    if not request.user.is_authenticated:
        return []
    entities = set(entity_models())
    levels, setup, people, audit = Section(""), Section("Set up"), Section("People"), Section("Audit")
    levels.items.append(MenuItem("Home", reverse("home"), request.path == reverse("home")))
    for model, admin in site._registry.items():
        if model._meta.app_label in UNLISTED or not admin.has_view_permission(request):
            continue
        meta = model._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        item = MenuItem(capfirst(str(meta.verbose_name_plural)), url, request.path.startswith(url))
        if model in entities or getattr(admin, "section", "") == "levels":
            levels.items.append(item)
        elif issubclass(model, ConfigurationItem) or getattr(admin, "section", "") == "set up":
            # Who only looks things up is shown them where they are used; to set up is somebody's task.
            if admin.has_add_permission(request) or admin.has_change_permission(request):
                setup.items.append(item)
        elif meta.app_label == "transactions":
            item.label = "Transactions"
            audit.items.append(item)
        else:
            people.items.append(item)
    waiting = _queues(request) if len(levels.items) > 1 and decides(request.user) else Section("Queues")
    return [section for section in (levels, waiting, audit, setup, people) if section.items]


def decides(user: Rights) -> bool:
    """Whether a user may decide anything about a plan, on any level; queues are for nobody else."""
    every = ((model, one) for model in entity_models() for kind in kinds_of(model) for one in kind.decisions())
    return any(one.opens and one.operation_on(model).allowed(user) for model, one in every)


def _queues(request: HttpRequest) -> Section:
    """Return the queues, each with how many wait in it, as far as one counts at a glance; with one statement."""
    asked = {
        (model, kind.instant, those.rows): model._default_manager.filter(those.rows).order_by(kind.instant, "pk")
        for model in entity_models()
        for kind in kinds_of(model)
        for those in kind.waiting
    }
    # Where plans wait in two queues, they are counted once.
    counts = dict(zip(asked, how_many(list(asked.values()), MOST_COUNTED + 1), strict=True))
    numbers = dict.fromkeys(queues(), 0)
    for model in entity_models():
        for kind in kinds_of(model):
            for those in kind.waiting:
                numbers[those.queue.name] += counts[model, kind.instant, those.rows]
    return Section("Queues", [_queue(request, queues()[name].label, name, number) for name, number in numbers.items()])


def _queue(request: HttpRequest, label: str, name: str, number: int) -> MenuItem:
    url = reverse("queue", args=[name])
    return MenuItem(label, url, request.path == url, shown(number))


def shown(total: int) -> str:
    """Return a number as the rail shows it; empty for none."""
    if total > MOST_COUNTED:
        return f"{MOST_COUNTED}+"
    return str(total) if total else ""


def context(site: AdminSite, request: HttpRequest) -> Drawn:
    """Return what every page needs for its frame."""
    sections = menu(site, request)
    # Who may see neither a level nor what was done finds nothing by searching.
    finds = any(section.title == "Audit" or (not section.title and len(section.items) > 1) for section in sections)
    return {"portal_menu": sections, "portal_search": finds}
