"""Puts our own site in the place of Django's, so that every room's registers stand on it."""

from django.contrib.admin.apps import AdminConfig


class BackOffice(AdminConfig):
    """`django.contrib.admin`, on a site that knows reach and the audit trail."""

    default_site = "yemai.conf.office_site.OfficeSite"
