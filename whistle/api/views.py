"""Reading and writing cases over the API: parse, load, call one service, answer. Scope is `get_cases`."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit.models import AuditEvent
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.keypages import Column
from kunming_portal.workdays.selectors import get_calendar
from whistle import services
from whistle.api import inputs, loading, serializers
from whistle.api.asking import tagged, user_of
from whistle.api.filters import CaseApiFilter
from whistle.models import Case, CaseDeadline, Kind
from whistle.selectors import get_cases, get_deadlines

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="The case's version, for If-Match."
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The new case."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    uuid.UUID,
    OpenApiParameter.HEADER,
    description="A UUID of your own for this request. Sent again with the same body it returns the case and"
    " writes nothing; with another body: 422.",
)


class KeyReused(APIException):
    """The idempotency key was used for another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = gettext_lazy("This Idempotency-Key was used for another request. Take a new one.")
    default_code = "key_reused"


def case_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    """Return the case as it is now for the person, with its ETag."""
    case = get_object_or_404(loading.cases_for_detail(user=user_of(request)), pk=pk)
    context = {"now": timezone.now(), "user": user_of(request), "request": request}
    return tagged(Response(serializers.CaseDetailOut(case, context=context).data, status=status), case)


class CaseList(generics.ListAPIView[Case]):
    """Your cases, newest first.

    What your appointments reach, narrowed by any of the filters; a parameter that does not exist is refused.
    """

    queryset = Case.objects.none()
    serializer_class = serializers.CaseOut
    filterset_class = CaseApiFilter
    ordering = (Column("opened_at", datetime, descending=True), Column("id", descending=True))

    def get_queryset(self) -> QuerySet[Case]:
        """Return the person's cases."""
        return loading.cases_for_list(user=user_of(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        """Give the serializer the moment by which lights are read."""
        return {**super().get_serializer_context(), "now": timezone.now()}

    @extend_schema(
        request=inputs.CaseInput,
        responses={201: serializers.CaseDetailOut},
        parameters=[IDEMPOTENCY_KEY, LOCATION, ETAG],
    )
    def post(self, request: Request) -> Response:
        """Write a case, and blow its whistle when asked to.

        With `blow` both happen or neither. Repeating a request under the same Idempotency-Key is safe.
        """
        submission = submission_of(request)
        form = inputs.CaseInput(data=request.data, context={"user": user_of(request)})
        form.is_valid(raise_exception=True)
        fields = dict(form.validated_data)
        blow = fields.pop("blow")
        caller = fields.pop("caller", None) or only_caller(request)
        try:
            case, is_new = services.write_once(
                matter=services.Matter(**fields),
                caller=caller,
                blow=blow,
                submission=submission,
                by=user_of(request),
                now=timezone.now(),
            )
        except services.Resubmitted as other:
            raise KeyReused from other
        answer = case_answer(request, case.pk, status=201)
        answer["Location"] = f"{request.path}{case.pk}/"
        if not is_new:
            answer["Idempotency-Replayed"] = "true"
        return answer


class CaseDetail(generics.GenericAPIView[Case]):
    """One case with its whistles, the duties of the units called, and the moves you may make now."""

    queryset = Case.objects.none()
    serializer_class = serializers.CaseDetailOut

    @extend_schema(parameters=[ETAG])
    def get(self, request: Request, pk: int) -> Response:  # noqa: D102
        return case_answer(request, pk)


class CaseDeadlines(generics.GenericAPIView[CaseDeadline]):
    """Every promise of the case in the order they began: limit, due moment, light, planned and climbed rungs."""

    queryset = CaseDeadline.objects.none()
    serializer_class = serializers.DeadlineOut
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=serializers.DeadlineOut(many=True))
    def get(self, request: Request, pk: int) -> Response:  # noqa: D102
        case = get_object_or_404(get_cases(user=user_of(request)), pk=pk)
        rows = get_deadlines(case)
        return Response(serializers.DeadlineOut(rows, many=True, context={"now": timezone.now()}).data)


class DeadlineDetail(generics.GenericAPIView[CaseDeadline]):
    """One promise with its worksheet: how the due moment was counted, day by day."""

    queryset = CaseDeadline.objects.none()
    serializer_class = serializers.WorksheetOut

    def get(self, request: Request, pk: int) -> Response:  # noqa: D102
        rows = CaseDeadline.objects.visible_to(user_of(request), Permission.CASE_VIEW)
        rows = rows.select_related("whistle", "assignment__unit").prefetch_related("rungs")
        context = {"now": timezone.now(), "calendar": get_calendar()}
        return Response(serializers.WorksheetOut(get_object_or_404(rows, pk=pk), context=context).data)


class CaseTimeline(generics.ListAPIView[AuditEvent]):
    """What happened to the case, from the first event on."""

    queryset = AuditEvent.objects.none()
    serializer_class = serializers.EventOut
    ordering = (Column("seq"),)

    def get_queryset(self) -> QuerySet[AuditEvent]:
        """Return the events of a case the person sees."""
        case = get_object_or_404(get_cases(user=user_of(self.request)), pk=self.kwargs["pk"])
        return AuditEvent.objects.filter(stream=case.stream)


class KindList(generics.ListAPIView[Kind]):
    """The kinds of whistle in use, in their order."""

    queryset = Kind.objects.filter(is_active=True).order_by("position", "code")
    serializer_class = serializers.KindOut
    pagination_class = None


def submission_of(request: Request) -> uuid.UUID | None:
    """Return the Idempotency-Key, or None without one; 400 for one that is no UUID."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    try:
        return uuid.UUID(key)
    except ValueError as error:
        raise ValidationError({"Idempotency-Key": [_("The key must be a UUID.")]}) from error


def only_caller(request: Request) -> Unit:
    """Return the one unit the person writes cases for; 400 when there are several or none."""
    user = user_of(request)
    held = [a.unit for a in user.acting_appointments if Permission.CASE_OPEN in a.role_definition.allows]
    if len({unit.pk for unit in held}) != 1:
        raise ValidationError({"caller": [_("Say for which unit the case is written.")]}, code="required")
    return held[0]
