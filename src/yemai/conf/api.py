"""The one API object, at /api/v1."""

from ninja import NinjaAPI

api = NinjaAPI(title="Yemai", version="1", urls_namespace="api")
