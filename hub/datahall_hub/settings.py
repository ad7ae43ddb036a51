"""Every setting of the hall, declared once: name, type, default, one sentence.

Help text, the table in the documentation and validation come from this declaration. A value is taken,
first found first, from the command line, the environment (``DATAHALL_<NAME>``), ``settings.toml`` in
``DATAHALL_HOME``, and the default here.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CHECKOUT = Path(__file__).resolve().parents[2]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SITE = r"(https?://)?(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?"
FRAMING_SITES = rf"^[\s,]*({_SITE}([\s,]+{_SITE})*)?[\s,]*$"  # nothing that could end the header it stands in
# Only options of `up`, for one run: what they allow must not last unseen.
OPTIONS_ALONE = frozenset({"unsafe_no_sandbox"})

Port = Annotated[int, Field(ge=0, le=65535)]


def default_home() -> Path:
    """Return the folder that holds all state where none is named."""
    return Path.home() / ".local/share/datahall"


class OptionAloneError(ValueError):
    """What only an option may say stands in ``settings.toml``; the message is its name."""


class HarvestPlan(BaseModel):
    """A portal whose datasets are taken in again and again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(pattern=r"^https?://[^\s@]+$", max_length=2_000)
    kind: str | None = Field(None, max_length=30)
    name: str = Field("", pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$", max_length=80)
    every: timedelta = Field(timedelta(days=1), ge=timedelta(minutes=10), le=timedelta(days=366))

    @field_validator("name")
    @classmethod
    def refuse_reserved(cls, name: str) -> str:
        """Refuse a word of the filter by source, under which the portal's datasets would pass for others."""
        from datahall._records.portal_places import RESERVED

        if name in RESERVED:
            raise PydanticCustomError("reserved", "A portal cannot be called own or unknown.")
        return name


class Settings(BaseSettings):
    """The hall's settings; an instance is complete and valid."""

    model_config = SettingsConfigDict(env_prefix="DATAHALL_", env_ignore_empty=True, frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=default_home,
        description="Folder that holds all state; deleting it is a clean uninstall.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; others than loopback need the sandbox.")
    port: Port = Field(8000, description="Port that people open; 0 takes any free one.")
    public_url: str = Field(
        "",
        description="Address people see when another server stands in front, e.g. https://hall.example.org.",
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the hub's database; empty means SQLite in the home folder. With a password in "
        "it, name it in settings.toml or the environment: options are seen by everybody on the machine.",
    )
    hall_database_url: str = Field(
        "",
        description="SQLAlchemy URL of the database of questions, requests and apps, which may be the hub's; empty for "
        "SQLite in the home folder.",
    )
    voices_days: Annotated[int, Field(ge=1)] = Field(
        180,
        description="Days after which questions and requests that nobody showed are deleted, and names and e-mail "
        "addresses are taken off the others.",
    )
    sandbox: Literal["auto", "required"] = Field(
        "auto",
        description="Where no sandbox can be made: 'auto' opens the hall to this machine alone, and neither servers "
        "nor apps start; 'required' does not open it.",
    )
    unsafe_no_sandbox: bool = Field(
        False,
        description="Run people's servers and apps WITHOUT walls, in this run and for this machine alone; each can "
        "then read and change everything of the hall.",
    )
    internet: Literal["on", "off"] = Field(
        "on", description="Whether people's servers reach the internet, by a proxy that refuses inner networks."
    )
    internet_ports: str = Field(
        "80, 443",
        pattern=r"^\s*(\d{1,5}\s*(,\s*\d{1,5}\s*)*)?$",
        description="Ports of the internet that people's servers reach, separated by commas.",
    )
    internet_hosts: str = Field(
        "",
        description="Hosts of own networks that people's servers reach as well: host or host:port, separated by "
        "commas.",
    )
    authenticator: str = Field(
        "datahall",
        description="How people sign in: 'datahall' (accounts with approval), or an oauthenticator such as 'github'.",
    )
    sign_on_admins: str = Field("", description="With an oauthenticator: names of the admins, separated by commas.")
    sign_on_role: Literal["", "steward", "teacher", "researcher", "startup", "student"] = Field(
        "researcher", description="With an oauthenticator: the role of people who come for the first time."
    )
    changes_without_password: bool = Field(
        False,
        description="With an oauthenticator: let admins give powerful roles and delete without a password to ask for.",
    )
    password_rounds: Annotated[int, Field(ge=10, le=16)] = Field(
        12, description="Cost of guessing a password (bcrypt's rounds); each more doubles the time a sign-in takes."
    )
    idle_timeout: Annotated[int, Field(ge=60)] = Field(3600, description="Seconds after which an idle server is ended.")
    start_timeout: Annotated[int, Field(ge=10)] = Field(120, description="Seconds a server may take to start.")
    starts_at_once: Annotated[int, Field(ge=0)] = Field(
        0, description="Servers that may start at the same moment, while others wait in line; 0 for two each processor."
    )
    user_ids: str = Field(
        "30000-49999",
        pattern=r"^[1-9][0-9]{2,8}-[1-9][0-9]{2,8}$",
        description="Where root starts the hall: user ids of the machine that nothing else uses; people's servers run "
        "under one each.",
    )
    visitor_ids: str = Field(
        "50000-50999",
        pattern=r"^[1-9][0-9]{2,8}-[1-9][0-9]{2,8}$",
        description="Where root starts the hall: user ids under which visitors' apps run, one at a time each.",
    )
    server_memory: Annotated[int, Field(ge=300_000_000)] = Field(
        4_000_000_000, description="Bytes of memory that one person's server and kernels may use together."
    )
    kernel_memory: Annotated[int, Field(ge=200_000_000)] = Field(
        2_000_000_000,
        description="Bytes of memory that one kernel may use; one that needs more is ended, and its notebook says so.",
    )
    cpu_share: Annotated[float, Field(ge=0)] = Field(
        0,
        description="Processors' worth of time that one person may use (1.5 is one and a half); 0 for whatever nobody "
        "else wants, shared out evenly.",
    )
    processes: Annotated[int, Field(ge=50)] = Field(
        1_000, description="Processes and threads that one person may have at a time."
    )
    open_files: Annotated[int, Field(ge=256)] = Field(
        4_096, description="Files and connections that one process of a person may have open."
    )
    disk_quota: Annotated[int, Field(ge=0)] = Field(
        0, description="Bytes that one person's home may take; 0 for a twentieth of the disk, at least 1 GB."
    )
    disk_files: Annotated[int, Field(ge=0)] = Field(
        0, description="Files and folders that one person's home may hold; 0 for a twentieth of what the disk can hold."
    )
    disk_reserve: Annotated[int, Field(ge=0)] = Field(
        0, description="Bytes of the disk that nobody's home may take; 0 for a fiftieth of it, at most 10 GB."
    )
    apps_folder: Path = Field(CHECKOUT / "notebooks/apps", description="Folder of the public apps.")
    guides_folder: Path = Field(
        CHECKOUT / "notebooks/guides", description="Folder of the guides copied into each home."
    )
    lessons_folder: Path = Field(
        CHECKOUT / "notebooks/lessons", description="Folder of the lessons that students begin in the Lab."
    )
    apps_kernels: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Visitors of apps that may have a kernel at the same time; "
        "0 for as many as half of the machine's memory holds.",
    )
    apps_kernels_per_app: Annotated[int, Field(ge=0)] = Field(
        0, description="Of these, visitors of one app; 0 for three quarters, at least 4."
    )
    apps_kernels_per_address: Annotated[int, Field(ge=0)] = Field(
        0, description="Of these, visitors of one network address; 0 for three quarters, at least 4."
    )
    apps_memory: Annotated[int, Field(ge=200_000_000)] = Field(
        2_000_000_000, description="Bytes of memory that a visitor's app may use; one that needs more is ended."
    )
    apps_start_timeout: Annotated[int, Field(ge=5)] = Field(
        60, description="Seconds an app may take until its page is ready."
    )
    apps_idle_timeout: Annotated[int, Field(ge=10)] = Field(
        600, description="Seconds after which an app that nobody moves is ended."
    )
    apps_check_seconds: Annotated[int, Field(ge=5)] = Field(
        120, description="Seconds that a submitted app may take, top to bottom, when it is tried."
    )
    apps_check_output: Annotated[int, Field(ge=100_000)] = Field(
        10_000_000, description="Bytes that a submitted app may put out when it is tried."
    )
    apps_framed_by: str = Field(
        "",
        pattern=FRAMING_SITES,
        description="Sites that may show public apps inside of their pages, such as https://city.example.org, "
        "separated by spaces or commas.",
    )
    mirror: str = Field(
        "", description="Folder or URL with an index.json in which sources are looked up before the network."
    )
    harvested_bytes: Annotated[int, Field(ge=1)] = Field(
        500_000_000, description="Bytes of one file that are fetched when somebody opens a harvested dataset."
    )
    harvested_seconds: Annotated[int, Field(ge=1)] = Field(
        600, description="Seconds that opening a harvested dataset may take."
    )
    harvested_store_bytes: Annotated[int, Field(ge=1)] = Field(
        20_000_000_000,
        description="Bytes of the store that harvested datasets may take; what was opened longest ago goes first.",
    )
    harvested_person_bytes: Annotated[int, Field(ge=1)] = Field(
        5_000_000_000,
        description="Bytes of harvested datasets that one person may have brought here in a day, those of failed "
        "downloads included.",
    )
    harvest_records: Annotated[int, Field(ge=1)] = Field(
        2_000_000,
        description="Records that are kept of one portal, with those that it no longer has; then its harvest ends.",
    )
    harvest_bytes: Annotated[int, Field(ge=1)] = Field(
        10_000_000_000, description="Bytes that these may take on the disk; then the harvest of that portal ends."
    )
    harvests: Annotated[tuple[HarvestPlan, ...], NoDecode] = Field(
        (),
        description="Portals to harvest again and again: [[harvests]] in settings.toml with address, and kind, name, "
        'every ("P1D") where wanted; elsewhere the same as a JSON list.',
    )
    hub_port: Port = Field(0, description="Inner port of the hub; 0 lets the supervisor choose a free one.")
    proxy_api_port: Port = Field(
        0, description="Inner port of the proxy's API; 0 lets the supervisor choose a free one."
    )
    hall_port: Port = Field(0, description="Inner port of the hall; 0 lets the supervisor choose a free one.")
    apps_port: Port = Field(0, description="Inner port of the apps service; 0 lets the supervisor choose a free one.")

    @field_validator("home", mode="before")
    @classmethod
    def refuse_no_home(cls, value: object) -> object:
        """Refuse an empty name, which would be the folder that somebody happens to be in."""
        if value == "":
            raise PydanticCustomError("no_home", "The folder needs a name.")
        return value

    @field_validator("harvests", mode="before")
    @classmethod
    def read_json(cls, value: object) -> object:
        """Read what the command line and the environment can only write as text."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "[]")
        except ValueError:
            raise PydanticCustomError("no_json", "This is no JSON.") from None

    @field_validator("harvests")
    @classmethod
    def refuse_twins(cls, plans: tuple[HarvestPlan, ...]) -> tuple[HarvestPlan, ...]:
        """Refuse two portals of one name: each would take the other's datasets for gone."""
        names = [plan.name or plan.address for plan in plans]
        if len(set(names)) < len(names):
            raise PydanticCustomError("twins", "Two portals have one name.")
        return plans

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put ``settings.toml`` of the home folder behind the command line and the environment."""
        chosen = {**env_settings(), **init_settings()}.get("home") or cls.model_fields["home"].get_default(
            call_default_factory=True, validated_data={}
        )
        file = TomlConfigSettingsSource(settings_cls, Path(chosen).expanduser() / "settings.toml")
        if unseen := OPTIONS_ALONE & file.toml_data.keys():
            raise OptionAloneError(min(unseen))
        return init_settings, env_settings, file

    @property
    def user_id_range(self) -> range:
        """The ids that people have."""
        return _read_range(self.user_ids)

    @property
    def visitor_id_range(self) -> range:
        """The ids that visitors' apps run under."""
        return _read_range(self.visitor_ids)

    @property
    def hub_api_url(self) -> str:
        """Where services and user servers reach the hub's API."""
        return f"http://127.0.0.1:{self.hub_port}/hub/api"

    @property
    def local_url(self) -> str:
        """The hall's address on this machine, through the proxy, without a trailing slash."""
        host = self.host if self.host not in {"0.0.0.0", "::", ""} else "127.0.0.1"  # noqa: S104 compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def address(self) -> str:
        """The address people open, without a trailing slash."""
        return self.public_url.rstrip("/") or self.local_url

    @property
    def is_public(self) -> bool:
        """Whether machines other than this one can reach the hall by itself."""
        return self.host not in LOOPBACK

    @property
    def is_shown(self) -> bool:
        """Whether others come, by themselves or through a server in front."""
        return self.is_public or (urlsplit(self.address).hostname or "") not in LOOPBACK

    def as_environment(self) -> dict[str, str]:
        """Return the settings as ``DATAHALL_…`` variables, for the supervisor's children."""
        return {
            f"DATAHALL_{name.upper()}": _as_text(value)
            for name, value in self.model_dump(mode="json").items()
            if value not in ("", None, [])
        }


def _read_range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last) + 1)


def _as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list) else str(value)
