"""The addresses of the screens that cross levels."""

from django.urls import path

from ocsportal.care import views
from ocsportal.care.lines.page import new_line
from ocsportal.care.queues.pages import queue
from ocsportal.care.search.picking import picks
from ocsportal.care.timeline.part import timeline
from ocsportal.care.tree import part

urlpatterns = [
    path("", views.home, name="home"),
    path("picks/<slug:kind>/", picks, name="picks"),
    path("search/<slug:kind>/", views.search_more, name="search"),
    path("new-line/", new_line, name="new-line"),
    path("queues/<slug:name>/", queue, name="queue"),
    path("timeline/<int:pk>/", timeline, name="timeline"),
    path("tree/<slug:key>/", part.branch, name="tree"),
    path("tree/<slug:key>/verbs/", part.verbs, name="tree-verbs"),
]
