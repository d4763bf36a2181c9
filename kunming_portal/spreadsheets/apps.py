"""The app of workbooks in and out."""

from django.apps import AppConfig


class SpreadsheetsConfig(AppConfig):
    """Knows no register: the apps bring theirs, the setting PORTAL_REGISTERS names them."""

    name = "kunming_portal.spreadsheets"
