"""The OpenAPI document, its page, and the answer to addresses that do not exist."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Schema(SpectacularAPIView):
    """The OpenAPI document, in YAML or JSON as asked for."""


@method_decorator(login_required, name="dispatch")
class Pages(SpectacularSwaggerSplitView):
    """The document as a page to read and try, with scripts and styles of our own server only."""

    template_name = "api/docs.html"


@extend_schema(exclude=True)
class NoSuchAddress(APIView):
    """Answers every other address below /api/ with a problem document, whatever the method."""

    permission_classes = ()
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before anything else."""
        raise NotFound

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Never reached: `initial` refuses every method."""
        raise NotFound
