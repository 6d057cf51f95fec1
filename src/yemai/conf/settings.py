"""Every setting of a deployment, read from the environment once and refused loudly when it is wrong."""

from csp.constants import NONCE, NONE, SELF

from yemai.conf import environment, logs, office
from yemai.conf.base_map import base_map

# --- The place -------------------------------------------------------------------------------------------------------
DATA_DIR = environment.data_directory()
DEBUG = False
PUBLIC_URL = environment.public_url()
HTTPS = environment.flag("YEMAI_HTTPS", default=PUBLIC_URL.startswith("https://"))
SECRET_KEY = environment.secret(DATA_DIR)
SEALING_KEYS, BLIND_KEY = environment.sealing_keys(DATA_DIR)
DATABASES = {"default": environment.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# On disk, because processes must agree on failed sign-ins and on second-factor codes already used. Small: nothing hot
# may be kept here; what is read on every page is remembered per process by those who read it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    "here": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # of this process alone, for moments
}
COCKPIT_SECONDS = 2  # how long a board serves whoever asks; with the worker's turn a figure is fresh within five

# --- The rooms -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "yemai.shell",  # first: its templates take precedence over those of the libraries
    "yemai.base.office",
    "unfold.apps.BasicAppConfig",
    "yemai.conf.apps.BackOffice",  # django.contrib.admin, on our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "yemai.base.parameters",
    "yemai.base.jobs",
    "yemai.base.columns",
    "yemai.base.search",
    "yemai.base.territory",
    "yemai.base.people",
    "yemai.base.access",
    "allauth",  # behind `access`, whose templates take precedence over its own
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.weixin",
    "yemai.base.audit",
    "yemai.base.tokens",
    "yemai.base.triage",
    "yemai.base.files",
    "yemai.base.messages",
    "yemai.modules.cases",
    "yemai.desks.ledgers",
    "yemai.desks.cockpit",
    "yemai.desks.one_map",
    "yemai.desks.rhythm",
    "yemai.desks.fairness",
    "yemai.desks.search",
    "yemai.flows.adopted_plan",
    "yemai.flows.case_facts",
    "yemai.modules.adjustments",
    "yemai.modules.assessment",
    "yemai.modules.cameras",
    "yemai.modules.components",
    "yemai.modules.planning",
    "yemai.modules.reports",
    "yemai.modules.tasks",
    "yemai.gates.boundary_files",
    "yemai.gates.case_files",
]
MIDDLEWARE = [
    "yemai.conf.logs.RequestLog",
    "yemai.conf.proxies.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "yemai.conf.refusals.BodyLimit",
    "yemai.conf.refusals.PlainAddresses",
    "yemai.conf.api_problems.ApiProblems",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yemai.conf.refusals.Refusals",  # last: nearest to the view, so that what it raises is answered first
]
# Map pages of other sites may read the layers: without our cookies, so as a stranger or with a token of their own.
CORS_URLS_REGEX = r"^/(ogc|tiles)(/|$)"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_EXPOSE_HEADERS = ("Content-Crs", "ETag", "Link")
ROOT_URLCONF = "yemai.conf.urls"
WSGI_APPLICATION = "yemai.conf.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "yemai.shell.context.shell",
            ],
        },
    }
]

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Who may come in -------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = environment.hosts(PUBLIC_URL)
TRUSTED_PROXIES = environment.proxies()
if TRUSTED_PROXIES:
    # Safe because yemai.conf.proxies takes the header off every request that no trusted proxy sent.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL, *environment.words("YEMAI_ORIGINS")]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked over the loopback by whoever watches the processes
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_base_map = base_map()
BASE_MAP = _base_map.shown if _base_map else None
BASE_MAP_FILE = _base_map.file if _base_map else None
BASE_MAP_ORIGINS = _base_map.origins if _base_map else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *BASE_MAP_ORIGINS],
        "connect-src": [SELF, *BASE_MAP_ORIGINS],
        "worker-src": [SELF, "blob:"],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": [NONE],
    },
}  # the back office's pages have a policy of their own: yemai.conf.office

# --- Signing in ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "name_en", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/work/"
ACCOUNT_ADAPTER = "yemai.base.people.adapters.ClosedSignUp"
ACCOUNT_FORMS = {
    "login": "yemai.base.access.forms.SignIn",
    "reauthenticate": "yemai.base.access.forms.PasswordAgain",
    "change_password": "yemai.base.access.forms.ChangePassword",
    "set_password": "yemai.base.access.forms.SetPassword",
}
ACCOUNT_LOGIN_METHODS = {"username"}
# A whole office comes in behind one address at eight o'clock; what is scarce is failure, per account and address.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/15m/key"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # an unlocked phone must not be enough to tie another identity on
ACCOUNT_EMAIL_NOTIFICATIONS = False
SOCIALACCOUNT_ADAPTER = "yemai.base.people.adapters.KnownPeopleOnly"
SOCIALACCOUNT_PROVIDERS = environment.sign_in_providers()
SOCIALACCOUNT_LOGIN_ON_GET = False
MFA_ADAPTER = "yemai.base.people.adapters.SealedSecrets"
MFA_FORMS = {
    "authenticate": "yemai.base.access.forms.Code",
    "reauthenticate": "yemai.base.access.forms.CodeAgain",
    "activate_totp": "yemai.base.access.forms.FirstCode",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # phones' clocks are up to half a minute off
MFA_TOTP_ISSUER = "叶脉 Yemai"

# --- What it serves and takes in -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # a form without its files; 20,000 characters are 60 kB
DATA_UPLOAD_MAX_NUMBER_FILES = 20
BODY_MAX_BYTES = environment.whole("YEMAI_BODY_MB", 64, 1, 4096) * 1024 * 1024

# --- What it sends out -----------------------------------------------------------------------------------------------
_email = environment.email(DATA_DIR)
EMAIL_BACKEND, EMAIL_FILE_PATH = _email.backend, _email.directory
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _email.host, _email.port, 15
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email.user, _email.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.use_tls, _email.use_ssl
DEFAULT_FROM_EMAIL = environment.text("YEMAI_EMAIL_FROM", "yemai@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
SMS_BACKEND = environment.text("YEMAI_SMS_BACKEND", "yemai.base.messages.sms.ConsoleSms")
# Group robots live on the public internet; only a private WeCom or DingTalk needs this, and tests.
ALLOW_LOCAL_WEBHOOKS = environment.flag("YEMAI_ALLOW_LOCAL_WEBHOOKS")
LOGGING = logs.logging(as_json=environment.flag("YEMAI_LOG_JSON"), requests=environment.flag("YEMAI_LOG_REQUESTS"))

# --- The back office -------------------------------------------------------------------------------------------------
UNFOLD = office.UNFOLD

# --- The API: how often strangers may write, by the minute; generous, since a whole office comes from one address -----
API_WRITES_PER_DEVICE = 60
API_WRITES_PER_ADDRESS = 600  # 0 switches a limit off
