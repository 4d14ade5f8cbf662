"""The people app: who works with the portal, and which programs do."""

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_migrate, pre_delete, pre_migrate


class PeopleConfig(AppConfig):
    """Users, groups and API clients."""

    name = "ocsportal.people"
    label = "people"
    verbose_name = "People and API clients"

    def ready(self) -> None:
        """Keep permissions and groups in step with the table of operations; watch what decides about who may do what."""
        from ocsportal.people.authentication import WATCHED
        from ocsportal.people.groups import note_standing, synchronise
        from ocsportal.transactions import edition

        pre_migrate.connect(note_standing, dispatch_uid="people-permissions")
        post_migrate.connect(synchronise, dispatch_uid="people-groups")
        self._guard_who_administers()
        for table, columns in WATCHED.items():
            edition.watch(table, *columns)

    @staticmethod
    def _guard_who_administers() -> None:
        from django.contrib.auth.models import Group

        from ocsportal.people.models import User
        from ocsportal.people.standing import after_taking, before_taking, on_links_changed

        for link in (User.groups, User.user_permissions, Group.permissions):
            m2m_changed.connect(on_links_changed, sender=link.through, dispatch_uid=f"people-{link.through.__name__}")
        # A group takes its memberships with it, of which nobody is told.
        pre_delete.connect(before_taking, sender=Group, dispatch_uid="people-group-going")
        post_delete.connect(after_taking, sender=Group, dispatch_uid="people-group-gone")
