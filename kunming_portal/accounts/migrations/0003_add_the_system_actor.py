"""The actor in whose name timers act. It cannot sign in: its password is unusable."""

from django.contrib.auth.hashers import make_password
from django.db import migrations


def add(apps, schema_editor):
    user = apps.get_model("accounts", "User")
    user.objects.get_or_create(
        username="system", defaults={"name": "系统", "password": make_password(None), "wants_email": False}
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
