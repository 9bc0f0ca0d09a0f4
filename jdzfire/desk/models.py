"""Django's own tables: who may log in, as what, and who did."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from jdzfire.cases.steps import ROLES

ROLE_ZH = {
    "viewer": "查看",
    "township": "乡镇",
    "county": "县（市、区）",
    "city": "市",
    "admin": "管理员",
}
"""Roles as the desk shows them."""

TRIES = 5
"""Failed log-ins of one name or one address within a quarter of an hour; more are refused [K]."""
TRIES_MIN = 15.0


class Officer(AbstractUser):
    """A user of the desk."""

    role = models.CharField(
        "角色", max_length=12, default="viewer", choices=[(one, ROLE_ZH[one]) for one in ROLES]
    )
    county = models.CharField("县（市、区）", max_length=80, blank=True)
    township = models.CharField("乡镇", max_length=80, blank=True)
    must_change = models.BooleanField("下次登录须改密码", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "用户"

    def save(self, *args: object, **kwargs: object) -> None:
        """Only an admin uses the pages of users."""
        self.is_staff = self.is_superuser = self.role == "admin"
        super().save(*args, **kwargs)

    @property
    def shown(self) -> str:
        """Name in the log of cases: as staff are called, else the log-in name."""
        return (self.get_full_name() or self.username).strip()

    def holds(self, county: str | None, township: str | None) -> bool:
        """Whether a case of a county and township is one of this user's.

        City and admin have all; a viewer without a county too. A county has those of its county, a
        township those of its township in its county.
        """
        if self.role in ("city", "admin") or (self.role == "viewer" and not self.county):
            return True
        if not self.county or county != self.county:
            return False
        return self.role != "township" or bool(self.township and township == self.township)


class ApiKey(models.Model):
    """A key by which a program is a user; only its digest is kept."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"

    @classmethod
    def make(cls, officer: Officer) -> str:
        """A new key of a user, shown this once."""
        key = secrets.token_urlsafe(32)
        cls.objects.create(officer=officer, digest=_digest(key))
        return key

    @classmethod
    def officer_of(cls, key: str) -> Officer | None:
        """The active user of a key; notes once a minute that it was used."""
        held = cls.objects.select_related("officer").filter(digest=_digest(key)).first()
        if held is None or not held.officer.is_active:
            return None
        now = timezone.now()
        if held.used_at is None or now - held.used_at > timedelta(minutes=1):
            cls.objects.filter(pk=held.pk).update(used_at=now)
        officer: Officer = held.officer
        return officer


def _digest(key: str) -> str:
    """Of a random key: nothing slow is needed, unlike for a password."""
    return hashlib.sha256(key.encode()).hexdigest()


class LoginRecord(models.Model):
    """One try to log in; names that do not exist are kept too, passwords never."""

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    username = models.CharField("用户名", max_length=150)
    address = models.GenericIPAddressField("地址", null=True)
    outcome = models.CharField("结果", max_length=12)  # ok, failed, refused, out

    class Meta:
        verbose_name = verbose_name_plural = "登录记录"
        ordering = ("-at",)

    @classmethod
    def too_many(cls, username: str, address: str | None, now: datetime) -> bool:
        """Whether one name or address has failed too often of late."""
        failed = cls.objects.filter(outcome="failed", at__gt=now - timedelta(minutes=TRIES_MIN))
        by_address = failed.filter(address=address).count() if address else 0
        return failed.filter(username=username).count() >= TRIES or by_address >= 4 * TRIES
