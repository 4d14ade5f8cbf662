"""The addresses of the screens that cross levels."""

from django.urls import path

from ocsportal.care import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/<slug:kind>/", views.search_more, name="search"),
    path("queues/<slug:name>/", views.queue, name="queue"),
]
