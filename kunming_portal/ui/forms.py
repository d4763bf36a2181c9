"""How forms are drawn: label above, error between label and control, one summary on top."""

from django.forms.renderers import TemplatesSetting


class PortalFormRenderer(TemplatesSetting):
    """Draws `{{ form }}` and `{{ form.field.as_field_group }}` with the portal's templates."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
