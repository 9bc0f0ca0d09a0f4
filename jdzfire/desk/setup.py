"""Django, set up for one working folder without a settings module."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jdzfire.errors import SettingsError, StoreError
from jdzfire.settings import Settings, load_settings
from jdzfire.store.home import open_home

DATABASE = "desk.sqlite"
"""File of users, sessions and log-ins in the working folder."""

SECRET = "desk.key"  # noqa: S105  (the name of a file)
"""File of the key that signs sessions in the working folder."""

_IDLE_S = 12 * 3600
_UPLOAD_BYTES = 32 << 20
AT_ONCE = 8
"""Requests that are worked on at once [K]."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class DeskOptions:
    """How the desk is reached."""

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Names browsers may use for it."""
    is_https: bool = False
    """Whether a proxy in front speaks HTTPS: cookies are then sent over nothing else."""


def configure(root: Path | str | None, options: DeskOptions | None = None) -> Settings:
    """Set Django up for a working folder; once a process.

    Parameters
    ----------
    root : path, optional
        Default: see :func:`jdzfire.settings.load_settings`.
    options : DeskOptions, optional

    Raises
    ------
    SettingsError
        The extra ``desk`` is not installed.
    """
    try:
        import django
        from django.conf import settings as django_settings
    except ImportError as error:
        raise SettingsError(
            "the desk needs Django",
            expected="the extra desk",
            found=str(error),
            remedy='pip install "jdzfire[desk]"',
        ) from error
    settings = load_settings(root)
    home = open_home(settings.home)
    if not django_settings.configured:
        django_settings.configure(**_django_settings(settings, home.root, options or DeskOptions()))
        django.setup()
    return settings


def _django_settings(settings: Settings, folder: Path, options: DeskOptions) -> dict[str, Any]:
    url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    return {
        "JDZFIRE_ROOT": folder,
        "SECRET_KEY": _secret_key(folder),
        "DEBUG": False,
        "ALLOWED_HOSTS": list(options.hosts),
        "ROOT_URLCONF": "jdzfire.desk.urls",
        "INSTALLED_APPS": [
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django_htmx",
            "jdzfire.desk.apps.DeskConfig",
        ],
        "MIDDLEWARE": [
            "jdzfire.desk.security.Turn",
            "jdzfire.desk.security.SecurityHeaders",
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.common.CommonMiddleware",  # refuses names that are not ours
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "jdzfire.desk.language.Language",
            "jdzfire.desk.security.FirstPassword",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "jdzfire.desk.faults.Faults",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "jdzfire.desk.language.words",
                    ],
                },
            }
        ],
        "DATABASES": {"default": _database(url, folder)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "AUTH_USER_MODEL": "desk.Officer",
        "LOGIN_URL": "login",
        "LOGIN_REDIRECT_URL": "board",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": given}
            for name, given in (
                ("UserAttributeSimilarityValidator", {}),
                ("MinimumLengthValidator", {"min_length": 12}),
                ("CommonPasswordValidator", {}),
                ("NumericPasswordValidator", {}),
            )
        ],
        "SESSION_COOKIE_AGE": _IDLE_S,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": options.is_https,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": options.is_https,
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in options.hosts if options.is_https],
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")
        if options.is_https
        else None,
        "SECURE_HSTS_SECONDS": 31_536_000 if options.is_https else 0,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "SAMEORIGIN",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2 << 20,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 300,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 10,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": _UPLOAD_BYTES,
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Shanghai",
        "USE_I18N": True,
        "LANGUAGE_CODE": "zh-hans" if settings.lang == "zh" else "en",
        "LANGUAGES": [("zh-hans", "简体中文"), ("en", "English")],
        "LOGGING_CONFIG": None,
    }


def _database(url: str | None, folder: Path) -> dict[str, Any]:
    """The database of a PostgreSQL ledger, else an SQLite file of the folder."""
    if url is None or not url.startswith("postgresql"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / DATABASE),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    found = sa.make_url(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.database,
        "USER": found.username,
        "PASSWORD": found.password,
        "HOST": found.host,
        "PORT": found.port or "",
        "OPTIONS": {**found.query, "pool": {"min_size": 1, "max_size": AT_ONCE + 4}},
    }


def _secret_key(folder: Path) -> str:
    """The key that signs sessions, made on first use; only its owner may read it."""
    path = folder / SECRET
    try:
        with contextlib.suppress(FileExistsError):
            number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(number, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"{SECRET} cannot be used",
            expected="a file only its owner may read",
            found=type(error).__name__,
            remedy="remove it: a new one is made, and everybody logs in again",
        ) from error
