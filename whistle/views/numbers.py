"""Adding a number of another system to a case."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from kunming_portal.errors import Refused
from whistle import services
from whistle.forms.numbers import NumberForm
from whistle.views.case import form_page, signed_in, visible_case


@require_http_methods(["GET", "POST"])
def case_number(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add a number. A refusal keeps what was typed."""
    user = signed_in(request)
    found = visible_case(user, pk)
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_number(case=found, **form.cleaned_data, by=user, now=timezone.now())
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        else:
            messages.success(request, _("The number stands on the case."))
            return redirect(found)
    context: dict[str, object] = {
        "form": form,
        "title": _("Add a number of another system"),
        "verb": pgettext("to a case", "Add"),
    }
    return form_page(request, found, context, status=422 if form.errors else 200)
