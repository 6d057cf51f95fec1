"""The Django app of tokens."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokensConfig(AppConfig):
    """Bearer tokens."""

    name = "yemai.base.tokens"
    label = "tokens"
    verbose_name = _("接口密钥")
