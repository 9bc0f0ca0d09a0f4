"""Settings: the environment (``JDZFIRE_*``), then ``jdzfire.toml`` of the working folder.

Everything has a default that works. The thresholds are the rules of the packages, under their own
names: ``[triage] smoulder_h = 10`` in the file is ``JDZFIRE_TRIAGE__SMOULDER_H=10`` outside.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from jdzfire.cases.alert_rules import AlertChannel, AlertRule
from jdzfire.cases.opening import CaseRules
from jdzfire.errors import SettingsError
from jdzfire.events.rules import EventRules
from jdzfire.hotspots.footprints import FootprintRules
from jdzfire.hotspots.persistence import PersistenceRules
from jdzfire.redact import remember_secrets, secrets_of_robot, secrets_of_url
from jdzfire.registers.source_proposals import ProposalRules
from jdzfire.schemas import CATEGORY_ZH, NATIONAL_CATEGORIES
from jdzfire.siting.assumptions import TravelAssumptions
from jdzfire.triage.rules import Rules, TriageRules

SETTINGS_FILE = "jdzfire.toml"

_RULES = {
    "footprint": FootprintRules,
    "events": EventRules,
    "triage": TriageRules,
    "persistence": PersistenceRules,
    "proposals": ProposalRules,
    "cases": CaseRules,
    "siting": TravelAssumptions,
}


class Settings(BaseSettings):
    """What an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="JDZFIRE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Path("jdzfire-home")
    """Working folder; everything the programme keeps or shows lies in it."""
    city: str = "景德镇市"
    """Name in the title of what is shown."""
    lang: Literal["zh", "en"] = "zh"
    """Language of what duty staff see."""
    log_format: Literal["text", "json"] = "text"
    """Lines on stderr: as text, or each as a JSON object with its time."""
    default_datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "cgcs2000"
    """Datum of a register that states none: the surveying offices' own."""
    tile_url: str | None = None
    """Base map: local (see jdzfire basemap), osm, tianditu:KEY, a folder tiles/{z}/{x}/{y}.png
    beside the page, or a tile server with {z}/{x}/{y}; without one the map draws its own base."""
    ledger_url: SecretStr | None = None
    """SQLAlchemy URL of another ledger database; default is the SQLite file of the home."""
    watch_bbox: tuple[float, float, float, float] = (116.9, 28.7, 117.9, 30.0)
    """West, south, east, north of the watched area until counties are registered
    [V, field notes section 1]."""
    live_feeds: tuple[str, ...] = ()
    """Feeds the watch asks for by itself: firms, himawari-wlf. Empty: it opens no connection."""
    firms_map_key: SecretStr | None = None
    """MAP_KEY of the FIRMS area API; without one the keyless regional files are taken."""
    firms_url: str = "https://firms.modaps.eosdis.nasa.gov"
    """Where FIRMS answers; another address for a mirror inside the office."""
    firms_sources: tuple[str, ...] = ("VIIRS_NOAA20_NRT", "VIIRS_NOAA21_NRT")
    """Sources asked for; S-NPP's delivery ended in November 2026 and MODIS ends in 2027
    [V, field notes section 4]."""
    firms_region: str = "Russia_Asia"
    """Region of the keyless files; China lies in this one [V, rows of its files]."""
    firms_look_back_days: int = Field(default=2, ge=2, le=30)
    """Days asked again on every run, since rows come late; at least two
    [V, field notes section 4]."""
    firms_keyless_every_min: float = Field(default=60.0, ge=10.0)
    """Keyless files are some MB each: not asked again sooner than this [K]."""
    fetch_margin_deg: float = Field(default=0.5, ge=0.0, le=5.0)
    """How far beyond the watched area hotspots are asked for: pixels beside the border [K]."""
    himawari_url: SecretStr | None = None
    """Folder, ftp(s)://, sftp:// or http(s):// address of the 10-minute files, with its login."""
    himawari_host_key: str = ""
    """Fingerprint of an SFTP server's key, SHA256:...; else it must be in known_hosts."""
    site_url: str = ""
    """Address under which the folder ``published`` is served, for links in Prefect's page."""
    register_share: SecretStr | None = None
    """Folder of another machine that the flow of the registers looks into beside the inbox, as an
    address fsspec knows (smb://, sftp://, file://), with its login."""
    himawari_look_back_h: float = Field(default=6.0, ge=1.0, le=72.0)
    """Missing scans are searched this far back [K]."""
    expected_feeds: tuple[str, ...] = ("firms",)
    """Feeds whose silence is a fault."""
    max_rejected_share: float = Field(default=0.05, ge=0.0, le=1.0)
    """More rejected rows than this in one file make the run a degraded one [K]."""
    cap_sender: str = Field(default="jdzfire@localhost", pattern=r"^[^\s,<&]+$")
    """Sender of the CAP messages: the office's own address, the same one for ever
    [V, CAP 1.2 section 3.2.1: unique, no blank, comma, < or &]."""
    cap_status: Literal["Actual", "Exercise", "System", "Test", "Draft"] = "Actual"
    """Status of the CAP messages: Exercise or Test while one trains or tries."""
    watch_every_min: float = Field(default=10.0, gt=0.0)
    """How often the watch runs [min]; a page two cycles old is marked as old [K]."""
    map_days: float = Field(default=30.0, gt=0.0)
    """Explained events and hotspots older than this leave the map [K]."""
    read_memory_mb: int = Field(default=640, ge=64, le=65_536)
    """Memory that reading one file from outside may take [MiB]: 100,000 rows take some 200 [C]."""
    read_seconds: float = Field(default=25.0, gt=0.0)
    """Seconds that reading one file from outside may take [s]: 100,000 rows take some 10 [C]."""
    publish_keep: int = Field(default=48, ge=2, le=10_000)
    """Published runs that are kept of each edition; every half hour, a day [K]."""
    publish_keep_mb: int = Field(default=256, ge=1)
    """Most they may hold together, for each edition [MiB]: 48 runs of a busy year held 288 [C]."""
    footprint: FootprintRules = FootprintRules()
    events: EventRules = EventRules()
    triage: TriageRules = TriageRules()
    persistence: PersistenceRules = PersistenceRules()
    proposals: ProposalRules = ProposalRules()
    cases: CaseRules = CaseRules()
    spread_outlook: bool = False
    """Whether the duty map shows how far an open event may spread until crews arrive: an outlook of
    a simple model, never an order."""
    siting: TravelAssumptions = TravelAssumptions()
    desk_url: str = Field(default="", pattern=r"^(|https?://[^\s<>\"]+)$")
    """Address under which the desk is reached, for links in alerts; without one there is none."""
    categories: tuple[str, ...] = Field(default=tuple(CATEGORY_ZH), min_length=1)
    """Answers the desk offers, in this order; sheets and programs may give any."""
    category_forms: dict[str, dict[str, str]] = {"national": NATIONAL_CATEGORIES}
    """Words of forms sent upwards, by form and answer: national, and what the province asks for."""
    alert_channels: tuple[AlertChannel, ...] = ()
    """Who is told of cases: see docs/alerts.md. Empty: nobody."""
    alert_rules: tuple[AlertRule, ...] = ()
    """What each channel is told; without a rule each is told of every case."""
    alert_own_hosts: tuple[str, ...] = ()
    """Hosts of private networks that alerts may be sent to; others there are refused."""
    alert_digest_over: int = Field(default=3, ge=1)
    """More alerts than this waiting for one receiver go as one message [K]."""

    @model_validator(mode="after")
    def _rules_name_channels(self) -> Settings:
        names = [channel.name for channel in self.alert_channels]
        if len(set(names)) != len(names):
            raise ValueError("two alert channels have one name")
        unknown = sorted({rule.channel for rule in self.alert_rules} - set(names))
        if unknown:
            raise ValueError(f"alert rule for the channel {unknown[0]}, which there is not")
        return self

    @field_validator(*_RULES, mode="before")
    @classmethod
    def _no_unknown_rule(cls, value: Any, info: Any) -> Any:
        known = {f.name for f in fields(_RULES[info.field_name])}
        if isinstance(value, dict) and not set(value) <= known:
            wrong = ", ".join(sorted(set(value) - known))
            raise ValueError(f"unknown rule {wrong}; known are {', '.join(sorted(known))}")
        return value

    @field_validator("categories")
    @classmethod
    def _known_categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_known(value)
        return value

    @field_validator("category_forms")
    @classmethod
    def _known_forms(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for words in value.values():
            _check_known(words)
        return {"national": NATIONAL_CATEGORIES, **value}

    def secrets(self) -> list[str]:
        """What no text may repeat: the key, passwords of addresses."""
        key = self.firms_map_key
        found = [] if key is None else [key.get_secret_value()]
        for address in (self.ledger_url, self.himawari_url, self.register_share):
            if address is not None:
                found += secrets_of_url(address.get_secret_value())
        for channel in self.alert_channels:
            found += secrets_of_robot(channel.url.get_secret_value())
            if channel.secret is not None:
                found.append(channel.secret.get_secret_value())
        return found

    @property
    def rules(self) -> Rules:
        """The rules a cycle needs, together."""
        return Rules(
            footprint=self.footprint,
            events=self.events,
            triage=self.triage,
            persistence=self.persistence,
        )


def _check_known(names: Iterable[str]) -> None:
    wrong = sorted(set(names) - set(CATEGORY_ZH))
    if wrong:
        raise ValueError(f"unknown answer {wrong[0]}; known are {', '.join(CATEGORY_ZH)}")


def load_settings(home: Path | str | None = None) -> Settings:
    """Settings of a working folder.

    The folder is ``home``, else ``JDZFIRE_HOME``, else ``jdzfire-home`` in the current one.
    The environment wins over the file.

    Parameters
    ----------
    home : path, optional

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        A setting is unknown or impossible, or the file is not TOML. Values are not repeated in
        the message, since one could be a secret.
    """
    folder = Path(home or os.environ.get("JDZFIRE_HOME") or "jdzfire-home")
    file = folder / SETTINGS_FILE

    class _OfFolder(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    _refuse_unknown_variables()
    try:
        settings = _OfFolder(home=folder)
        remember_secrets(settings.secrets())
        return settings
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"setting {'.'.join(map(str, first['loc']))} cannot be used",
            found=str(first["msg"]),
            remedy=f"correct it in {file} or in the environment (JDZFIRE_*)",
        ) from None
    except ValueError as error:  # tomllib.TOMLDecodeError
        raise SettingsError(
            f"{file} is not TOML", found=str(error), remedy="correct the line named"
        ) from None


def _refuse_unknown_variables() -> None:
    """A misspelt variable must not be a silent default."""
    known = {name.upper() for name in Settings.model_fields}
    for variable in os.environ:
        if variable.startswith("JDZFIRE_") and variable[8:].split("__")[0].upper() not in known:
            raise SettingsError(
                f"environment variable {variable} is not a setting",
                expected=", ".join(f"JDZFIRE_{name}" for name in sorted(known)),
                remedy="correct or unset it",
            )
