"""`outreach init` and `outreach check`: makes an installation ready, and says everything that is not."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import apply_schedules
from outreach.actions.load_templates import load_templates
from outreach.actions.readiness import templates_without_approval
from outreach.app import bank_holidays, wire_unchecked
from outreach.config import load_settings
from outreach.database import make_engine, migrate, revision, version_fault, wanted_revision
from outreach.engines.many_tables import prepare
from outreach.errors import OutreachError
from outreach.library import check_library, read_schedules, read_templates, shipped
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.models import TemplateVersion
from outreach.models.enrolment import applied_schedules, applied_sources
from outreach.models.place import unsettled_place
from outreach.models.template import MACHINE_DRAFT, SHIPPED
from outreach.sealing import new_keyring, read_keyring, write_keyring
from outreach.services import Services, wall_clock

HOLIDAYS_AHEAD = timedelta(days=120)


def set_up(path: Path) -> list[str]:
    """Make what is missing: settings, keyring, tables, templates and schedules. Returns what was done, in words."""
    done = []
    if not path.exists():
        path.write_bytes((shipped() / "config.example.toml").read_bytes())
        done.append(f"wrote {path}")
    settings = load_settings(path)
    engine = make_engine(settings.database.url)
    if not settings.keys.file.exists():
        if revision(engine) is not None:
            read_keyring(settings.keys.file)  # a sealed database without its keyring: says so
        write_keyring(new_keyring(), settings.keys.file)
        done.append(f"wrote {settings.keys.file}: keep a copy apart from the database's backup")
    if revision(engine) != wanted_revision(engine):
        migrate(engine)
        done.append("brought the database up to date")
    if prepare(engine):
        done.append("made the tables that many machines coordinate by")
    return done + take_in_library(wire_unchecked(settings), wall_clock())


def take_in_library(services: Services, now: datetime) -> list[str]:
    """Load shipped templates that are new, and apply the shipped schedules to a database that has none."""
    done = []
    with services.begin() as session:
        fresh = load_templates(session, read_templates(shipped() / "templates"), now)
        has_schedules = bool(applied_schedules(session))
    if fresh:
        done.append(f"loaded {fresh} templates")
    if not has_schedules:
        changes = apply_schedules(services, read_schedules(shipped() / "schedules"), now, "outreach init")
        done.append(f"applied {len(changes)} schedules")
    return done


def faults_of(path: Path) -> list[str]:
    """Everything that is wrong, each with its place and fix; empty when all is well."""
    try:
        settings = load_settings(path)
        read_keyring(settings.keys.file)
    except OutreachError as fault:
        return str(fault).splitlines()
    faults = [str(fault) for fault in check_library(shipped())]
    try:
        read_surveys(surveys_folder(settings.feedback.surveys))
    except OutreachError as fault:
        faults += str(fault).splitlines()
    services = wire_unchecked(settings)
    try:
        if fault_of_version := version_fault(services.engine):
            return [*faults, fault_of_version]
    except OutreachError as fault:
        return [*faults, str(fault)]
    today = services.calendar.day_of(services.now())
    if max(bank_holidays()) < today + HOLIDAYS_AHEAD:
        faults.append("the bank holidays of the coming months are unknown; upgrade govuk-bank-holidays")
    if services.engine.dialect.name == "sqlite" and not services.sent_mark.can_be_kept:
        faults.append(
            f"the folder of {settings.keys.file} cannot be written: the mark of what was sent is kept there, "
            "without which a restored database would send again"
        )
    with services.read() as session:
        if unsettled_place(session):
            faults.append(
                "the database was restored from a backup, and sending is paused: `outreach reconcile`"
            )
        faults += _live_faults(session, services)
    return faults


def _live_faults(session: Session, services: Services) -> list[str]:
    """What still blocks a provider that reaches real people."""
    if not services.is_live:
        return []
    faults = []
    if services.texts.is_live and not services.config.duty.carrier_answers_confirmed_by:
        faults.append(
            "[duty] carrier_answers_confirmed_by: nobody has confirmed that the account's own HELP and STOP answers "
            "carry the crisis lines; check them with the provider and write the name of who did"
        )
    missing = templates_without_approval(session)
    if missing:
        faults.append(
            f"{missing} English templates have no approved version; have a second person approve them"
        )
    return faults


def notes_of(services: Services) -> list[str]:
    """What is not wrong but should be known: files that differ from what is in force, a disk that is not ours."""
    with services.read() as session:
        applied = applied_sources(session)
        newest = _newest_sources(session)
    notes = [
        f"schedules/{file.key}.toml differs from what is applied; see `outreach schedules apply --dry-run`"
        for file in read_schedules(shipped() / "schedules")
        if applied.get(file.key) != file.text
    ]
    if not services.journals.can_be_kept:
        notes.append(
            f"the folder of {services.config.keys.file} is on no disk of this machine, or cannot be written: after a "
            "crash, messages that had been begun and had not left yet go to staff instead of going out"
        )
    notes += [
        f"{file.file} differs from version 1 in the database, which is the one in use"
        for file in read_templates(shipped() / "templates")
        if newest.get((file.key, file.language, file.channel.value), file.source) != file.source
    ]
    return notes


def _newest_sources(session: Session) -> dict[tuple[str, str, str], str]:
    rows = session.scalars(
        select(TemplateVersion).where(TemplateVersion.author.in_((SHIPPED, MACHINE_DRAFT)))
    )
    return {(row.key, row.language, row.channel.value): row.source for row in rows}
