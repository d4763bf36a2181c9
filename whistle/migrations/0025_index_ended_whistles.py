from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whistle", "0024_drop_unread_rule_fields")]

    operations = [
        migrations.RemoveIndex(model_name="whistle", name="whistle_closed_at_receiver"),
        migrations.AddIndex(
            model_name="whistle",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["receiver", "ended_at"],
                name="whistle_ended_at_receiver",
            ),
        ),
    ]
