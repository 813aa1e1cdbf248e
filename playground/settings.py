"""Settings. Everything that differs between places comes from the environment; without any, all is embedded.

SECRET_KEY       signs cookies; without it a random one is kept in var/
ALLOWED_HOSTS    comma list of host names that the site answers to
CSRF_TRUSTED_ORIGINS  comma list of origins, for a site behind a proxy that ends TLS
HTTPS            1 where browsers come by https: secure cookies, HSTS
DATABASE_URL     postgres://…; or sqlite:///…; without it SQLite in var/
REDIS_URL        redis://… or unix://…; without it the embedded server (playground/runtime/redis.py)
EMAIL_URL        smtp://…: the mail server; without one nobody can be sent a new password
EMAIL_FROM       the sender of mails
EMAIL_VERIFY     1 where an account must confirm its address before it can be used (needs EMAIL_URL)
STATIC_SOURCE    1 serves static files unhashed from their source folders, without collectstatic
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import environ

from playground.limits import BODY_BYTES, LOGINS_PER_MINUTE, SIGNUPS_PER_MINUTE, WRONG_PASSWORDS
from playground.runtime import embedded, redis

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[1]
VAR = embedded.var()
VAR.mkdir(parents=True, exist_ok=True)


def kept_secret() -> str:
    """A random key that lasts as long as var/; the first process writes it, all others read it."""
    path = VAR / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret()
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

PAGES = env.bool("PLAYGROUND_PAGES", True)  # workers show none: without what only pages need they are much smaller
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(["allauth", "allauth.account", "ninja"] if PAGES else []),
    "channels",
    "csp",
    "django_htmx",
    "playground.accounts",
    "playground.designs",
    "playground.runs",
    "playground.experiments",
    "playground.labs",
    "playground.live",
    "playground.runtime",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "playground.middleware.Refusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    *(["allauth.account.middleware.AccountMiddleware"] if PAGES else []),
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "playground.urls"
ASGI_APPLICATION = "playground.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]


def database(url: str) -> dict[str, Any]:
    if url and not url.startswith("sqlite:"):
        return postgres(url)
    return sqlite(env.db_url_config(url)["NAME"] if url else VAR / "playground.sqlite3")


def sqlite(path: Path | str) -> dict[str, Any]:
    """WAL, and transactions that take the write lock first: with both there is no 'database is locked'."""
    init = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": init}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}


def postgres(url: str) -> dict[str, Any]:
    """With a pool: requests and sockets come and go faster than connections should."""
    pool = {"min_size": 1, "max_size": env.int("DATABASE_POOL", 20), "timeout": 10}
    config: dict[str, Any] = env.db_url_config(url)
    return config | {"CONN_MAX_AGE": 0, "OPTIONS": config.get("OPTIONS", {}) | {"pool": pool}}


DATABASES = {"default": database(env.str("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis.channel_layer()]},
    }
}

# A guest is a signed cookie: nothing is stored until the first write.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_AGE = 365 * 86_400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
HTTPS = env.bool("HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS

# Accounts: an address and a password, nothing else.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
MAIL = bool(env.str("EMAIL_URL", ""))
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "playground@localhost")
ACCOUNT_ADAPTER = "playground.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "playground.accounts.forms.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL and env.bool("EMAIL_VERIFY", False) else "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "signup": f"{SIGNUPS_PER_MINUTE}/m/ip",
    "login": f"{LOGINS_PER_MINUTE}/m/ip",
    "login_failed": f"{LOGINS_PER_MINUTE}/m/ip,{WRONG_PASSWORDS}/5m/key",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "designs"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_BYTES
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

STATIC_SOURCE = env.bool("STATIC_SOURCE", False)
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STATIC_SOURCE
        else "playground.storage.HashedStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = STATIC_SOURCE

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"calm": {"()": "playground.runtime.logs.Calm"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["calm"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.channels.server": {"level": "WARNING"}},
}
