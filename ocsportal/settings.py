"""Settings of the portal. What differs between installations comes from the environment (ocsportal/environment.py)."""

from ocsportal import environment, logs

BASE_DIR = environment.BASE_DIR
SECRET_KEY = environment.secret_key()
AUDIT_KEYS = environment.audit_keys()
DEBUG = environment.flag("DEBUG")
ALLOWED_HOSTS = environment.allowed_hosts()
DATABASES = environment.databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EVENTS_URL = environment.events_url()
EVENTS_EXCHANGE = environment.events_exchange()
EVENTS_SOURCE = environment.events_source()
EVENTS_UNROUTED = environment.events_unrouted()
RATE_LIMIT = environment.rate_limit()
TRUSTED_PROXIES = environment.trusted_proxies()

INSTALLED_APPS = [
    "ocsportal.care",
    "ocsportal.exchange",
    "ocsportal.backoffice",
    "ocsportal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "simple_history",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "ocsportal.transactions",
    "ocsportal.people",
    "ocsportal.entities",
    "ocsportal.events",
    "ocsportal.rest",
    "customers",
    "accounts",
    "subscribers",
    "offers",
    "balances",
]

MIDDLEWARE = [
    # Leads REST to a handler of its own; what follows is for pages.
    "ocsportal.middleware.EdgeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ocsportal.requestlog.RequestLogMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ocsportal.backoffice.keeping.KeepingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ocsportal.urls"
WSGI_APPLICATION = "ocsportal.wsgi.application"

# The portal's own templates of form fields come before Django's.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
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
            ],
        },
    },
]

# People
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "ocsportal.people.permissions.OneQueryBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "ocsportal.people.passwords.NoRunValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], ["ip_address"]]
AXES_CLIENT_IP_CALLABLE = "ocsportal.people.lockout.counted_address"
AXES_HANDLER = "ocsportal.people.lockout.LockOut"
AXES_RESET_ON_SUCCESS = True
# Who goes on trying is let in again all the same: else a stranger could keep an agent out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "ocsportal.backoffice.login.locked_out"
OTP_TOTP_ISSUER = "OCS portal"

# Time and language. Stored in UTC; shown and billed in the configured zone.
LANGUAGE_CODE = "en-gb"
TIME_ZONE = environment.billing_time_zone()
HOME_COUNTRY = environment.home_country()
USE_I18N = True
USE_TZ = True

# Static files, served by the portal itself: collected under unchangeable names, else from where they lie
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ocsportal.assets.AssetStorage"},
}
WHITENOISE_USE_FINDERS = True

# History is written by triggers (docs/adr/0002-history-by-triggers.md); the library only reads it.
SIMPLE_HISTORY_ENABLED = False
# SQLite keeps no comments on columns; that a column is personal is read from the model.
SILENCED_SYSTEM_CHECKS = ["fields.W163"]
SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = True
SIMPLE_HISTORY_DATE_INDEX = "composite"

# Security
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 60 * 60
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ocsportal.backoffice.keeping.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
if environment.flag("HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["ocsportal.people.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["ocsportal.rest.throttling.ClientThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["ocsportal.rest.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ocsportal.rest.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "ocsportal.rest.schema.OperationSchema",
    "EXCEPTION_HANDLER": "ocsportal.rest.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OCS portal: customer, account and subscription management",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

LOGGING = logs.configure(debug=DEBUG, level=environment.log_level())
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
