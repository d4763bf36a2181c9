"""All settings, from the environment only. A wrong or missing value fails at once with a sentence.

`MODE` decides the defaults: `production` (the default: strict), `demonstration` (what `make run`
starts: demonstration accounts on the sign-in page), `test`. See `.env.example` for every variable.
"""

import base64
import os
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from kunming_portal import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# pypinyin keeps a second copy of its dictionary, for changes that nobody makes: megabytes of every process
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

MODE = env.str("MODE", "production")
if MODE not in {"production", "demonstration", "test"}:
    raise ImproperlyConfigured(f"MODE is {MODE!r}; it must be production, demonstration or test.")
PRODUCTION = MODE == "production"
DEMONSTRATION = MODE == "demonstration"
TESTING = MODE == "test"
DEBUG = env.bool("DEBUG", False)


def required(name: str, *, otherwise: str) -> str:
    """Return the variable; outside production `otherwise` stands in for a missing one."""
    value: str = env.str(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Production needs it; see .env.example.")
    return otherwise


def keys(name: str, *, otherwise: str) -> dict[str, str]:
    """Return the variable, id:key[,id:key], as a mapping; `manage.py check` says which key is no key."""
    pairs = [pair.partition(":") for pair in required(name, otherwise=otherwise).split(",")]
    if not all(colon for _id, colon, _key in pairs):
        raise ImproperlyConfigured(f"{name} must be id:key, or several of these with commas between.")
    return {key_id: key for key_id, _colon, key in pairs}


SECRET_KEY = required("SECRET_KEY", otherwise="only-for-demonstration-and-tests-" + "0" * 32)
# Key id -> 32 bytes in base64. The first encrypts, all decrypt: a new key goes in front.
FIELD_ENCRYPTION_KEYS = keys(
    "FIELD_ENCRYPTION_KEYS",
    otherwise="demo:" + base64.b64encode(b"demonstration-key-of-32-bytes!!!").decode(),
)
# Key id -> 32 bytes in base64. The first links and seals the audit trail, all verify: a new key goes in front.
AUDIT_KEYS = keys(
    "AUDIT_KEYS", otherwise="demo:" + base64.b64encode(b"demonstration-trail-key-32-bytes").decode()
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "kunming_portal.divisions",
    "kunming_portal.organisations",
    "kunming_portal.accounts",
    "kunming_portal.workdays",
    "kunming_portal.heartbeats",
    "kunming_portal.deadlines",
    "kunming_portal.audit",
    "kunming_portal.attachments",
    "kunming_portal.duty",
    "kunming_portal.notifications",
    "kunming_portal.staffing",
    "kunming_portal.spreadsheets",
    "kunming_portal.ui",
    "communities",
    "whistle",
    "kunming_portal.api",
    "kunming_portal.reporting",
    "kunming_portal.administration",
    "kunming_portal.operations",
    "kunming_portal.demo",
    "kunming_portal.administration.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "django_htmx",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kunming_portal.accounts.middleware.SessionLimitMiddleware",
    "kunming_portal.ui.middleware.ChosenLanguageMiddleware",
    "kunming_portal.ui.middleware.ReadableAddressMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kunming_portal.accounts.middleware.SignInMiddleware",
    "kunming_portal.accounts.middleware.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kunming_portal.ui.middleware.RequestLogMiddleware",
    "axes.middleware.AxesMiddleware",
    "kunming_portal.api.middleware.NoStoreMiddleware",
]

ROOT_URLCONF = "kunming_portal.urls"
WSGI_APPLICATION = "kunming_portal.wsgi.application"
FORM_RENDERER = "kunming_portal.ui.forms.PortalFormRenderer"
PORTAL_NAVIGATION = "whistle.navigation.build"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "kunming_portal.ui.context.shell",
            ],
        },
    }
]

# -- data ------------------------------------------------------------------------------------------
try:
    DATABASES = {
        "default": env.db_url_config(required("DATABASE_URL", otherwise="postgres://localhost/kunming"))
    }
except Exception as error:
    raise ImproperlyConfigured(
        "DATABASE_URL is not a database address like postgres://user:secret@host/name."
    ) from error
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres://; no other database is supported.")
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Compiling a query takes longer than any page's query runs
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off"
if TESTING:
    # pytest empties tables with TRUNCATE, which the audit trail's trigger refuses everywhere else
    DATABASES["default"]["OPTIONS"]["options"] += " -c kunming_portal.allow_truncate=on"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = required("REDIS_URL", otherwise="redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
if TESTING:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# -- Celery: the heartbeat (docs/architecture.md, "One timer") ----------------------------------------
CELERY_BROKER_URL = REDIS_URL
if REDIS_URL.startswith("unix://"):  # Celery spells the address of a socket in its own way
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "health_check_interval": 10,
    "socket_keepalive": True,
    "socket_timeout": 10,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE_FILE", "var/celerybeat-schedule")

# What everybody reads when timers are late is asked once in so many seconds a process; tests count queries without it
TIMERS_ASKED_EVERY = None if TESTING else 10

# -- people and sessions ----------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_ENABLED = not TESTING or env.bool("AXES_ENABLED", False)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # an office shares one address: never by address alone
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "kunming_portal.accounts.views.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # the users page unlocks, and the trail keeps every attempt
ACCOUNT_EVENTS = "kunming_portal.audit.accounts.record"
# Who may still open the page a notice leads to, by route: asked before it is sent
NOTICE_PAGES = {
    "case": "whistle.selectors.sees_case",
    "undertaking": "communities.selectors.sees_undertaking",
    "admission": "communities.selectors.sees_admission",
    "ask": "communities.selectors.sees_ask",
}
# The lists that can be exported and imported as workbooks: dotted paths of sequences of registers
PORTAL_REGISTERS = ["communities.registers.REGISTERS"]
# What a unit has open, a line each: with what a hand-over of duty begins
DUTY_MATTERS = "whistle.selectors.get_open_matters"
SESSION_ENGINE = "kunming_portal.accounts.sessions"  # in the database: signing in needs no broker
SESSION_COOKIE_AGE = 12 * 3600  # in all, however busy
SESSION_IDLE_SECONDS = 60 * env.int("SESSION_IDLE_MINUTES", 15 if PRODUCTION else 12 * 60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kunming_portal.accounts.views.expired_page"

# -- transport ----------------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", PRODUCTION)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [
    r"^api/v1/(?!docs/)",
    r"^(livez|readyz|healthz)$",
]  # a token sent in clear must fail at once, not be redirected
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
if env.bool("BEHIND_PROXY", False):
    MIDDLEWARE.insert(0, "kunming_portal.ui.middleware.ProxyMiddleware")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# -- language and time ----------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "kunming_portal" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# -- files ------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files people sent (kunming_portal/attachments). No address leads here: they are served through scope only.
MEDIA_ROOT = required("MEDIA_ROOT", otherwise=str(BASE_DIR / "var" / "media"))
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
WHITENOISE_AUTOREFRESH = TESTING  # tests serve no collected files
# Source maps are half of all bytes and only developers ask for them: compressing them is what a first start waits for
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- messages ----------------------------------------------------------------------------------------------
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = (
        "django.core.mail.backends.locmem.EmailBackend"
        if TESTING
        else "django.core.mail.backends.console.EmailBackend"
    )
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10)  # seconds a mail server may be silent
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "portal@kunming.example")

# -- API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "kunming_portal.api.authentication.TokenAuthentication",  # first: its challenge makes refusals 401
        "rest_framework.authentication.SessionAuthentication",  # browsers, with CSRF
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["kunming_portal.api.parsers.ModestJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["kunming_portal.api.filtering.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "kunming_portal.api.pagination.KeyPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS tells nothing: the OpenAPI document does
    "DEFAULT_THROTTLE_CLASSES": ["kunming_portal.api.throttling.PersonThrottle"],
    # requests a minute of one person; tests set their own
    "DEFAULT_THROTTLE_RATES": {
        "read": None if TESTING else env.str("API_READS", "600/min"),
        "write": None if TESTING else env.str("API_WRITES", "120/min"),
    },
    "EXCEPTION_HANDLER": "kunming_portal.api.problems.as_problem",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is no parameter of ours
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
KNOX_TOKEN_MODEL = "api.ApiToken"
MIGRATION_MODULES = {"knox": None}  # our model stands in: knox's own table would only lie about
REST_KNOX = {
    "TOKEN_PREFIX": "kmp_",  # so that scanners of leaked secrets know one
    "AUTH_HEADER_PREFIX": "Bearer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kunming grassroots governance portal",
    "DESCRIPTION": "Whistle and report through three tiers: list, read and move cases. See docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": False,
    # choices are listed as values; their labels are translated and have no place in a contract
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "CaseStatus": "whistle.workflow.CaseStatus",
        "WhistleStatus": "whistle.workflow.WhistleStatus",
        "AssignmentStatus": "whistle.workflow.AssignmentStatus",
        "Move": "whistle.workflow.Move",
        "Step": "whistle.workflow.Step",
        "Tier": "whistle.workflow.Tier",
        "Source": "whistle.models.Case.Source",
        "Verdict": "whistle.models.Whistle.Verdict",
        "Satisfaction": "whistle.models.Whistle.Satisfaction",
        "Grade": "whistle.models.Assignment.Grade",
        "LimitUnit": "kunming_portal.deadlines.models.LimitUnitChoices",
        "Rung": "kunming_portal.deadlines.models.RungChoices",
        "DivisionLevel": "kunming_portal.divisions.models.Division.Level",
        "DivisionKind": "kunming_portal.divisions.models.Division.Kind",
        "CompoundKind": "communities.models.Compound.Kind",
        "GridKind": "communities.models.Grid.Kind",
        "ZoneClass": "kunming_portal.divisions.models.Division.ZoneClass",
        "Light": "whistle.api.serializers.LIGHTS",
        "UnitKind": "kunming_portal.organisations.models.Unit.Kind",
    },
    "PREPROCESSING_HOOKS": ["kunming_portal.api.schema.keep_ours"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kunming_portal.api.schema.add_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
}

# -- demonstration: every account on the sign-in page has this password
DEMONSTRATION_PASSWORD = env.str("DEMONSTRATION_PASSWORD", "Kunming-2026")

# -- the office's own words -----------------------------------------------------------------------------------
SUPPORT_PHONE = env.str("SUPPORT_PHONE", "0871-0000 0000")

# -- logs: JSON lines; reporters, search words and secrets never get in (kunming_portal/logs.py) -----------------
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # addresses belong to sign-ins, and stand on the trail
LOGGING = logs.configured(as_json=PRODUCTION, level=env.str("LOG_LEVEL", "INFO"))
