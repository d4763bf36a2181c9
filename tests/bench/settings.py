"""The portal's settings, and beside its addresses those of the bare views that pages are compared with."""

from kunming_portal.settings import *  # noqa: F403, TID251 - this is a settings file

ROOT_URLCONF = "tests.bench.urls"
WHITENOISE_AUTOREFRESH = False
LOGGING = {"version": 1, "disable_existing_loggers": True}
