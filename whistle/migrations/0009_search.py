"""What a case is found by moves from the case into a table of its own, with an index of grams (ADR 0025)."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from kunming_portal.grams import grams, place_grams

BATCH = 1000


def codes_above(code):
    return [code[:length] for length in (4, 6, 9, 12) if length <= len(code)]


def fill(apps, schema_editor):
    """Write the row of every case from what it was found by so far, its description and its units."""
    case_model, search = apps.get_model("whistle", "Case"), apps.get_model("whistle", "CaseSearch")
    names = dict(apps.get_model("organisations", "Unit").objects.values_list("pk", "search_text"))
    last = 0
    while cases := list(case_model.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        rows = []
        for case in cases:
            units = [names[pk] for pk in case.called_units]
            text = "\n".join([case.search_text, case.description.lower(), *units])
            places = place_grams(codes_above(case.division_id), case.called_units)
            rows.append(search(case_id=case.pk, text=text, grams=sorted(grams(text) | places)))
        search.objects.bulk_create(rows)
        last = cases[-1].pk


class Migration(migrations.Migration):
    dependencies = [("whistle", "0008_evidence")]

    operations = [
        migrations.CreateModel(
            name="CaseSearch",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="whistle.case",
                        verbose_name="case",
                    ),
                ),
                ("text", models.TextField()),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
            ],
            options={"verbose_name": "search text", "verbose_name_plural": "search texts"},
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="case", name="case_search"),
        migrations.RemoveField(model_name="case", name="search_text"),
        migrations.AlterField(
            model_name="whistle",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="whistles",
                to="whistle.kind",
                verbose_name="kind",
            ),
        ),
    ]
