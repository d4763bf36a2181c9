"""Open an account with its first appointment; prints the generated password once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.roles import ROLES
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.administration import accounts
from kunming_portal.errors import Refused


class Command(BaseCommand):
    help = (
        "Opens an account with its first appointment and prints a generated password, once. A new installation "
        "gets its first security administrator this way; everybody else is opened in the administration."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--role", required=True, choices=list(ROLES), help="see docs/roles.md")
        parser.add_argument("--unit", required=True, help="the code of the unit")

    def handle(self, *args: object, **options: Any) -> None:
        new = accounts.NewAccount(
            username=options["username"],
            name=options["name"],
            role=options["role"],
            unit_code=options["unit"],
        )
        try:
            user, password = accounts.open_account(new=new, by=get_system_user(), now=timezone.now())
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(_("Account %(account)s is open.") % {"account": user.username})
        self.stdout.write(_("Password, shown only now: %(password)s") % {"password": password})
