"""Addresses of signing in and of a person's own pages: of the library's, only those we need, each with its door."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.socialaccount.providers.weixin import views as weixin
from django.urls import path

from . import views
from .doors import public, signed_in

urlpatterns = [
    path("sign-in/", public(account.login), name="account_login"),
    path("sign-out/", public(account.logout), name="account_logout"),
    path("sign-in/closed/", public(account.account_inactive), name="account_inactive"),
    path("sign-in/code/", public(factor.authenticate), name="mfa_authenticate"),
    path("sign-in/again/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("sign-in/again/code/", signed_in(factor.reauthenticate), name="mfa_reauthenticate"),
    path("sign-in/with/cancelled/", public(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("sign-in/with/failed/", public(social.login_error), name="socialaccount_login_error"),
    path("sign-in/with/weixin/", public(views.outside(weixin.oauth2_login)), name="weixin_login"),
    path("sign-in/with/weixin/back/", public(views.outside(weixin.oauth2_callback)), name="weixin_callback"),
    path("sign-in/with/oidc/<slug:provider_id>/", public(views.outside(oidc.login)), name="openid_connect_login"),
    path(
        "sign-in/with/oidc/<slug:provider_id>/back/",
        public(views.outside(oidc.callback)),
        name="openid_connect_callback",
    ),
    path("me/", views.me, name="me"),
    path("me/preferences/", views.set_preferences, name="me-preferences"),
    path("me/absences/", views.report_absence, name="me-absences"),
    path("me/absences/<int:absence_id>/end/", views.end_absence, name="me-absence-end"),
    path("me/security/", views.security, name="mfa_index"),
    path("me/security/password/", signed_in(account.password_change), name="account_change_password"),
    path("me/security/password/first/", signed_in(account.password_set), name="account_set_password"),
    path("me/security/code/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("me/security/code/off/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("me/security/recovery/", signed_in(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("me/security/recovery/new/", signed_in(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("me/security/recovery/file/", signed_in(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("me/security/identities/", signed_in(social.connections), name="socialaccount_connections"),
]
