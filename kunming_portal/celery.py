"""The Celery app, and THE ONE PAGE of periodic work.

Celery is a heartbeat and knows nothing else: no eta, no countdown, no task per case. Every moment
that matters is a row in PostgreSQL; a missed tick is caught up by the next one.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kunming_portal.settings")

app = Celery("kunming_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # climb one rung of every due deadline, again and again until none is due
    "ring due deadlines": {
        "task": "whistle.tasks.ring_due_deadlines",
        "schedule": 5.0,
        "options": {"expires": 30},
    },
    # go on with confirmed changes of running deadlines; a job that was interrupted is taken up again
    "recalculate deadlines": {
        "task": "whistle.tasks.recalculate_deadlines",
        "schedule": 3.0,
        "options": {"expires": 10},
    },
    # send what waits in the outbox
    "deliver notices": {
        "task": "kunming_portal.notifications.tasks.deliver_due",
        "schedule": 10.0,
        "options": {"expires": 30},
    },
    # prove that beat, broker, worker and database pass tasks on (docs/operations.md, "Monitoring")
    "send the canary": {
        "task": "kunming_portal.heartbeats.tasks.send_canary",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    # go on with imports of workbooks; one that was interrupted is taken up again, and old files are deleted
    "import workbooks": {
        "task": "kunming_portal.spreadsheets.tasks.import_workbooks",
        "schedule": 5.0,
        "options": {"expires": 20},
    },
    # look for rows that do not fit each other
    "reconcile": {
        "task": "kunming_portal.operations.tasks.reconcile",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    # delete files that were never sent, and the bytes of withdrawn ones
    "clean up files": {
        "task": "kunming_portal.attachments.tasks.clean_up",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # at night, from 02:10 on, compute every running deadline again and compare; a slice a minute until it is through
    "check running deadlines": {
        "task": "whistle.tasks.recheck_deadlines",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    # bind what is new in the audit trail; the log line is the anchor outside the database
    "seal trail": {
        "task": "kunming_portal.audit.tasks.seal_trail",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    # verify what moved since yesterday, and go on with the round through everything
    "verify trail": {
        "task": "kunming_portal.audit.tasks.verify_trail",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 3600},
    },
}
