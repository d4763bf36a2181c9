"""Links every row of the trail to the one before it, and adds the seals over all streams.

Rows that are there get their links here, as they are: from this moment on a change of them shows. The guard of the trail
stands aside for this transaction only, and guards the new tables too.
"""

from django.db import migrations, models

from kunming_portal.audit import relinking

GUARDED = ("audit_seal", "audit_sealedhead", "audit_verification")
GUARD = "\n".join(
    f"""create trigger {table}_only_grows before update or delete on {table}
    for each row execute function audit_trail_only_grows();
create trigger {table}_is_not_emptied before truncate on {table}
    for each statement execute function audit_trail_only_grows();"""
    for table in GUARDED
)
UNGUARD = "\n".join(
    f"drop trigger {table}_is_not_emptied on {table}; drop trigger {table}_only_grows on {table};"
    for table in GUARDED
)


def link_rows(apps, schema_editor):
    """About half a minute for a million rows; nobody writes meanwhile."""
    schema_editor.execute("alter table audit_auditevent disable trigger audit_trail_only_grows")
    relinking.link_all()
    schema_editor.execute("alter table audit_auditevent enable trigger audit_trail_only_grows")


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_name_the_columns")]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="link",
            field=models.BinaryField(default=b"", max_length=32, verbose_name="link"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditevent",
            name="key_id",
            field=models.CharField(default="", max_length=20, verbose_name="key"),
            preserve_default=False,
        ),
        migrations.RunPython(link_rows, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("heads", models.PositiveIntegerField(verbose_name="histories that moved")),
                ("rows", models.PositiveIntegerField(verbose_name="new events")),
                ("total", models.BigIntegerField(verbose_name="events in all")),
                ("root", models.BinaryField(max_length=32, verbose_name="root")),
                ("previous", models.BinaryField(blank=True, max_length=32, verbose_name="seal before")),
                ("hash", models.BinaryField(max_length=32, verbose_name="hash")),
                ("key_id", models.CharField(max_length=20, verbose_name="key")),
                ("key_fingerprint", models.CharField(max_length=16, verbose_name="fingerprint of the key")),
                ("cluster", models.BigIntegerField(verbose_name="database cluster")),
                ("xid", models.BigIntegerField(verbose_name="transaction of the seal")),
                ("last_id", models.BigIntegerField(verbose_name="greatest key")),
                ("unseen_above", models.BigIntegerField(verbose_name="keys above may be unseen")),
            ],
            options={"verbose_name": "seal of the trail", "verbose_name_plural": "seals of the trail"},
        ),
        migrations.CreateModel(
            name="SealedHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(verbose_name="number")),
                ("stream", models.CharField(max_length=60, verbose_name="history")),
                ("after", models.PositiveIntegerField(verbose_name="sealed before up to")),
                ("seq", models.PositiveIntegerField(verbose_name="sealed up to")),
                ("link", models.BinaryField(max_length=32, verbose_name="link")),
            ],
            options={
                "verbose_name": "sealed head",
                "verbose_name_plural": "sealed heads",
                "indexes": [models.Index(fields=["number"], name="heads_of_a_seal")],
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "seq"), name="a_head_is_sealed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("took_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("rows", models.BigIntegerField(verbose_name="events checked")),
                ("seals", models.BigIntegerField(verbose_name="seals checked")),
                ("sealed_to", models.BigIntegerField(verbose_name="checked up to seal")),
                ("reached", models.CharField(blank=True, max_length=60, verbose_name="checked anew up to history")),
                ("findings", models.JSONField(default=list, verbose_name="findings")),
            ],
            options={"verbose_name": "check of the trail", "verbose_name_plural": "checks of the trail"},
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
