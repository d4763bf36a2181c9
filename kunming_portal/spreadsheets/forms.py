"""What somebody sends who imports: one file."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kunming_portal.spreadsheets import limits

ACCEPTED = ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    """The workbook. What is in it is looked at by the service, whatever its name says."""

    file = forms.FileField(
        label=gettext_lazy("Workbook"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the filled-in workbook.")},
    )

    def clean_file(self) -> Any:
        """Refuse an empty file and one that is too large, before a byte of it is read."""
        file = self.cleaned_data["file"]
        if not file.size:
            raise forms.ValidationError(_("The file is empty."))
        if file.size > limits.FILE_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)d MB. Divide it into several files.")
                % {"limit": limits.FILE_BYTES // limits.MEGABYTE}
            )
        return file
