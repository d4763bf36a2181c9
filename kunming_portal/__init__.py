"""The portal's project package. Importing it makes the Celery app known to `@shared_task`."""

from kunming_portal.celery import app as celery_app

__all__ = ["celery_app"]
