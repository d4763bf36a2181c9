"""The classes of posts of community workers: names, order, whether they are in use."""

from django.contrib import admin

from communities.models import PostClass
from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.audited import AuditedAdmin


@admin.register(PostClass)
class PostClassAdmin(AuditedAdmin):
    right = Permission.CONFIGURE
    event = "config.post_class"
    list_display = ("name", "code", "position", "is_active")
    ordering = ("position", "code")
    fields = ("code", "name", "position", "is_active")
