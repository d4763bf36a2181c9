"""The portal's settings with notices sent to the harness's own receiver, and waiting times of minutes made seconds."""

import os

from kunming_portal import logs
from kunming_portal.settings import *  # noqa: F403, TID251 - this is a settings file

# As in production: the tracebacks of the console take seconds each to lay out
LOGGING = logs.configured(as_json=True, level="WARNING")

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ.get("FAULTS_SMTP", "25"))
EMAIL_USE_TLS = EMAIL_USE_SSL = False
EMAIL_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 10,
    "health_check_interval": 2,
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 3
