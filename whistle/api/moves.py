"""One address per move: find what is in the person's scope, check the body, call the service of that move.

The docstring of each class is its description in the OpenAPI document.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from kunming_portal.accounts.permissions import Permission
from whistle import services
from whistle.api import inputs, serializers
from whistle.api.asking import expected_version, user_of
from whistle.api.views import ETAG, case_answer
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case
from whistle.selectors import get_cases, get_open_whistle

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the answer you decided on, for example "7". Acted on since: 412.',
)
moves = extend_schema(responses=serializers.CaseDetailOut, parameters=[IF_MATCH, ETAG])


class CaseMove(generics.GenericAPIView[Case]):
    """Makes a move on the case's open whistle; answers with the case as it is then."""

    queryset = Case.objects.none()
    serializer_class: type[inputs.Input] = inputs.MoveInput
    filter_backends = ()
    service: ClassVar[Callable[..., Any]]

    @moves
    def post(self, request: Request, pk: int) -> Response:  # noqa: D102
        user = user_of(request)
        case = get_object_or_404(get_cases(user=user), pk=pk)
        fields = checked(self.serializer_class, request, case)
        whistle = get_open_whistle(case)
        if whistle is None:
            raise MoveRefused(_("The case is closed."), code="closed")
        with expected_version(request, fields.pop("version", None)) as expected:
            type(self).service(whistle=whistle, **fields, by=user, now=timezone.now(), expected=expected)
        return case_answer(request, pk)


class AssignmentMove(generics.GenericAPIView[Assignment]):
    """Makes a move on one unit's duty; answers with the case as it is then."""

    queryset = Assignment.objects.none()
    serializer_class: type[inputs.Input] = inputs.MoveInput
    filter_backends = ()
    service: ClassVar[Callable[..., Any]]

    @moves
    def post(self, request: Request, pk: int) -> Response:  # noqa: D102
        user = user_of(request)
        duty = get_object_or_404(
            Assignment.objects.visible_to(user, Permission.CASE_VIEW).select_related(
                "unit", "whistle__case__division", "whistle__kind", "whistle__caller", "whistle__receiver"
            ),
            pk=pk,
        )
        fields = checked(self.serializer_class, request, duty.whistle.case)
        with expected_version(request, fields.pop("version", None)) as expected:
            type(self).service(assignment=duty, **fields, by=user, now=timezone.now(), expected=expected)
        return case_answer(request, duty.whistle.case_id)


def checked(serializer: type[inputs.Input], request: Request, case: Case) -> dict[str, Any]:
    """Return the checked body of a request about this case; 400 with every wrong field otherwise."""
    form = serializer(data=request.data, context={"case": case})
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class Blow(CaseMove):
    """Blow a draft. Where the kind asks for it, the whistle then waits for the secretary's sign-off."""

    service = staticmethod(services.blow)


class Approve(CaseMove):
    """Sign off a whistle: it goes out to the centre one tier up."""

    service = staticmethod(services.approve)


class SendBack(CaseMove):
    """Give a whistle that waits for sign-off back to its writer, with a reason."""

    serializer_class = inputs.ReasonInput
    service = staticmethod(services.send_back)


class Accept(CaseMove):
    """Accept a whistle at the centre."""

    service = staticmethod(services.accept)


class Dispatch(CaseMove):
    """Call a leading unit and any assisting units of the centre's level."""

    serializer_class = inputs.DispatchInput
    service = staticmethod(services.dispatch)


class Verify(CaseMove):
    """Say what came of it, when every unit has fed back."""

    serializer_class = inputs.VerifyInput
    service = staticmethod(services.verify)


class Rework(CaseMove):
    """Send units back to work, with a reason; their new limit is half the first."""

    serializer_class = inputs.ReworkInput
    service = staticmethod(services.rework)


class Close(CaseMove):
    """Close a case that was verified as solved or partly solved."""

    service = staticmethod(services.close)


class Upgrade(CaseMove):
    """Close this tier's whistle as upgraded and blow the next tier's."""

    serializer_class = inputs.UpgradeInput
    service = staticmethod(services.upgrade)


class Note(generics.GenericAPIView[Case]):
    """Add a note to an open case, about the whole or about one unit's duty."""

    queryset = Case.objects.none()
    serializer_class = inputs.NoteInput
    filter_backends = ()

    @extend_schema(responses=serializers.CaseDetailOut, parameters=[ETAG])
    def post(self, request: Request, pk: int) -> Response:  # noqa: D102
        case = get_object_or_404(get_cases(user=user_of(request)), pk=pk)
        fields = checked(self.serializer_class, request, case)
        services.note(case=case, **fields, by=user_of(request), now=timezone.now())
        return case_answer(request, pk)


class Sign(AssignmentMove):
    """Sign for the call."""

    service = staticmethod(services.sign)


class ReportIn(AssignmentMove):
    """Report in: who comes and how to reach them."""

    serializer_class = inputs.ReportInInput
    service = staticmethod(services.report_in)


class FeedBack(AssignmentMove):
    """Feed back what was done. With the last unit the whistle goes back to its caller."""

    serializer_class = inputs.FeedBackInput
    service = staticmethod(services.feed_back)


class Evaluate(AssignmentMove):
    """Rate one unit: speed, cooperation, effect. Once."""

    serializer_class = inputs.EvaluateInput
    service = staticmethod(services.evaluate)
