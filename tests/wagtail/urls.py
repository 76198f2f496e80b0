# Nothing but the API, where Wagtail's own documentation puts it.
from django.urls import path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet

api = WagtailAPIRouter("wagtailapi")
api.register_endpoint("pages", PagesAPIViewSet)
urlpatterns = [path("api/v2/", api.urls)]
