"""Settings from `config.toml`, each key overridable from the environment, checked before anything starts."""

import os
import tomllib
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from outreach.errors import ConfigError
from outreach.vocabulary import Attendance, NotAsked

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError('is not a known time zone; write one such as "Europe/London"') from None
    return name


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError('must be a web address such as "https://outreach.example.org"')
    return url.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Section(BaseModel):
    """One table of the file; a key it does not know is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(Section):
    """Who writes to people, and where this installation can be reached."""

    name: str = "Northside Psychotherapy Service"
    text_name: str = Field("Northside NHS team", max_length=30)
    phone: str = "020 7946 0000"
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/London"
    public_url: WebAddress = "http://127.0.0.1:8000"
    wait_text: str = ""
    demo: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people live and windows are counted."""
        return ZoneInfo(self.timezone)


class Database(Section):
    """Where the data lives."""

    url: str = "sqlite:///outreach.sqlite3"


class Keys(Section):
    """Where the keyring file lies, outside the database."""

    file: Path = Path("keyring.json")


class TwilioText(Section):
    """One Twilio account that sends and receives texts."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    from_number: str = ""
    messaging_service_sid: str = ""
    api_base_url: WebAddress = "https://api.twilio.com"


class Sms(Section):
    """Who carries texts."""

    provider: Literal["simulator", "twilio"] = "simulator"
    twilio: TwilioText = TwilioText()
    pence_per_segment: Decimal = Field(Decimal("4.0"), ge=0)

    @model_validator(mode="after")
    def _twilio_is_complete(self) -> "Sms":
        if self.provider != "twilio":
            return self
        for key in ("account_sid", "auth_token"):
            value = getattr(self.twilio, key)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                raise ValueError(f'[sms.twilio] {key} is missing; it is needed for provider = "twilio"')
        if not (self.twilio.from_number or self.twilio.messaging_service_sid):
            raise ValueError("[sms.twilio] from_number or messaging_service_sid is missing; set one of them")
        return self


class SmtpEmail(Section):
    """One mail server that takes our emails."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    from_address: str = ""


class EmailHooks(Section):
    """Secrets of the provider that posts email replies and events to us."""

    events_public_key: str = ""
    replies_secret: SecretStr = SecretStr("")


class Email(Section):
    """Who carries emails."""

    provider: Literal["simulator", "smtp"] = "simulator"
    smtp: SmtpEmail = SmtpEmail()
    hooks: EmailHooks = EmailHooks()

    @model_validator(mode="after")
    def _smtp_is_complete(self) -> "Email":
        if self.provider != "smtp":
            return self
        for key in ("host", "from_address"):
            if not getattr(self.smtp, key):
                raise ValueError(f'[email.smtp] {key} is missing; it is needed for provider = "smtp"')
        return self


class Sending(Section):
    """When and how much may go out."""

    window_start: time = time(9, 0)
    window_end: time = time(18, 0)
    weekdays: tuple[Weekday, ...] = WEEKDAYS[:5]
    minimum_gap_days: int = Field(3, ge=1, le=60)
    max_in_flight: int = Field(64, ge=1, le=100)
    daily_cap: int = Field(5000, ge=1)
    first_contacts_a_day: int = Field(40, ge=1)
    list_max_age_days: int = Field(7, ge=1)
    allow_everyone: bool = False
    allow_list: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _window_is_useful(self) -> "Sending":
        start, end = (moment.hour * 60 + moment.minute for moment in (self.window_start, self.window_end))
        if end - start < 60:
            raise ValueError("window_end must be at least an hour after window_start")
        if not self.weekdays:
            raise ValueError('weekdays is empty; name at least one day, such as ["mon"]')
        return self

    @property
    def weekday_numbers(self) -> frozenset[int]:
        """The sending weekdays as numbers, Monday 0."""
        return frozenset(WEEKDAYS.index(day) for day in self.weekdays)


class Contact(Section):
    """What may go to people who were never asked."""

    not_asked: NotAsked = NotAsked.APPOINTMENTS


class OwnPage(Section):
    """A person's own page."""

    link_days: int = Field(30, ge=1, le=180)


class Letters(Section):
    """How letters go out."""

    days_to_arrive: int = Field(5, ge=1, le=21)


class ReachOut(Section):
    """How much of the peer workers' week goes to people whom messages do not reach."""

    share_of_hours: float = Field(0.2, ge=0, le=1)
    silent_weeks: int = Field(26, ge=4, le=104)


class Groups(Section):
    """How people are asked to co-run groups."""

    invitations_per_place: int = Field(4, ge=1, le=50)
    hours_to_answer: int = Field(72, ge=12, le=336)
    hours_for_a_freed_place: int = Field(24, ge=6, le=168)


class Duty(Section):
    """Who answers when the service is closed."""

    out_of_hours: Literal["on_call", "next_working_morning"] = "next_working_morning"
    reader: bool = True
    carrier_answers_confirmed_by: str = ""


class SignIn(Section):
    """How staff sign in, and how long they stay signed in."""

    idle_minutes: int = Field(30, ge=1, le=24 * 60)
    longest_hours: int = Field(12, ge=1, le=24 * 7)
    link_hours: int = Field(72, ge=1, le=24 * 14)
    argon2_passes: int = Field(3, ge=1)
    argon2_memory_kib: int = Field(65536, ge=64)


class Web(Section):
    """How pages are served."""

    proxies: int = Field(0, ge=0, le=5)
    nhs_logo: bool = False


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


OptionalDay = Annotated[date | None, BeforeValidator(_blank_is_none)]
OptionalPercent = Annotated[Annotated[float, Field(ge=0, le=100)] | None, BeforeValidator(_blank_is_none)]


class Measures(Section):
    """What counts as missed, and what the charts compare it with."""

    missed_codes: tuple[Attendance, ...] = (Attendance.DID_NOT_ATTEND, Attendance.TOO_LATE_TO_BE_SEEN)
    attended_codes: tuple[Attendance, ...] = (Attendance.SEEN_ON_TIME, Attendance.SEEN_LATE)
    go_live_on: OptionalDay = None
    assessment_target: OptionalPercent = None
    treatment_target: OptionalPercent = None
    screen_outliers: bool = True
    rebase_on: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _codes_make_a_rate(self) -> "Measures":
        missed, attended = set(self.missed_codes), set(self.attended_codes)
        if not missed or not attended or missed & attended:
            raise ValueError(
                "missed_codes and attended_codes need one code each at least, and none in common"
            )
        if wrong := (missed | attended) - {code for code in Attendance if code.is_settled}:
            raise ValueError(
                f'missed_codes and attended_codes take "3", "5", "6" and "7", not "{min(wrong).value}":'
                " cancellations are shown apart"
            )
        return self


class Feedback(Section):
    """Surveys, and where else people can say what they think."""

    surveys: Annotated[Path | None, BeforeValidator(_blank_is_none)] = None
    care_opinion_url: str = Field("https://www.careopinion.org.uk/", pattern=r"^(https://.+)?$")


class ImportMapping(Section):
    """How a local export's headers and codes map to ours."""

    columns: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}


class Settings(BaseSettings):
    """Everything an installation can set. Read with `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix="OUTREACH_", env_nested_delimiter="__", extra="forbid", frozen=True, populate_by_name=True
    )

    service: Service = Service()
    database: Database = Database()
    keys: Keys = Keys()
    sms: Sms = Sms()
    email: Email = Email()
    sending: Sending = Sending()
    contact: Contact = Contact()
    duty: Duty = Duty()
    sign_in: SignIn = SignIn()
    web: Web = Web()
    groups: Groups = Groups()
    letters: Letters = Letters()
    reach_out: ReachOut = ReachOut()
    own_page: OwnPage = OwnPage()
    measures: Measures = Measures()
    feedback: Feedback = Feedback()
    waitlist: ImportMapping = Field(ImportMapping(), alias="import")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose values come in as keyword arguments."""
        return env_settings, init_settings


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The settings file: `OUTREACH_CONFIG`, else `config.toml` in the working folder."""
    return Path(environ.get("OUTREACH_CONFIG", "config.toml")).absolute()


def load_settings(path: Path) -> Settings:
    """The checked settings, with relative paths taken from the file's folder; ConfigError names each bad key."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; run `outreach init` to make it") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not written in UTF-8; save it in that encoding") from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{path}: {fault}") from None
    return settings_from(tables, path)


def settings_from(tables: dict[str, Any], path: Path) -> Settings:
    """Settings from already parsed tables; `path` names the file in errors and anchors relative paths."""
    try:
        settings = Settings(**tables)
    except ValidationError as fault:
        raise ConfigError("\n".join(_in_words(path, error) for error in fault.errors())) from None
    return settings.model_copy(
        update={
            "database": Database(url=_anchored_url(settings.database.url, path.parent)),
            "keys": Keys(file=path.parent / settings.keys.file),
            "feedback": _anchored_surveys(settings.feedback, path.parent),
        }
    )


def _anchored_surveys(feedback: Feedback, folder: Path) -> Feedback:
    return (
        feedback.model_copy(update={"surveys": folder / feedback.surveys}) if feedback.surveys else feedback
    )


def _in_words(path: Path, error: Any) -> str:
    """One validation error as `file: [table] key: what is wrong`, never with the value, which may be a secret."""
    *tables, key = (str(part) for part in error["loc"]) if error["loc"] else ("",)
    if error["type"] == "extra_forbidden":
        place = f"[{'.'.join(tables)}] {key}" if tables else key
        return f"{path}: {place}: is not a known key; compare with config.example.toml"
    what = error["msg"].removeprefix("Value error, ")
    if not tables:  # about a whole table, whose check may name the key itself
        return f"{path}: {what}" if what.startswith("[") else f"{path}: [{key}] {what}"
    return f"{path}: [{'.'.join(tables)}] {key}: {what}"


def _anchored_url(url: str, folder: Path) -> str:
    """A relative SQLite file is taken from the settings file's folder, wherever the command is run."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/") and ":memory:" not in url:
        return f"{prefix}{(folder / url.removeprefix(prefix)).absolute()}"
    return url
