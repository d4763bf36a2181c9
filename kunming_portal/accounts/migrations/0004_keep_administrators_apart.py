"""One account never holds two administrators' roles at a time: an exclusion over the periods."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_add_the_system_actor")]

    operations = [
        BtreeGistExtension(),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(
                    ("role__in", ["audit_administrator", "security_administrator", "system_administrator"])
                ),
                expressions=[
                    ("user", "="),
                    ("role", "<>"),
                    (
                        models.Func(
                            "starts_on",
                            "ends_on",
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="administrator_roles_are_apart",
                violation_error_message="One account never holds two administrators' roles at a time.",
            ),
        ),
    ]
