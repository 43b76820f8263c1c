"""The commands: each parses, calls one action and prints."""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table

from outreach.actions.apply_schedules import apply_schedules
from outreach.actions.listings import message_records, reply_records, task_records
from outreach.actions.rotate_keys import rotate_keys
from outreach.app import keep_what_is_loaded, wire
from outreach.cli_compare import comparison
from outreach.cli_database import database, reconcile
from outreach.cli_demo import demo
from outreach.cli_forecast import show_forecast
from outreach.cli_letters import letters
from outreach.cli_lexicon import lexicon
from outreach.cli_people import pause, person, resume
from outreach.cli_report import report
from outreach.cli_staff import duty, staff
from outreach.cli_templates import templates
from outreach.cli_timeline import show_timeline
from outreach.cli_waitlist import waitlist
from outreach.cli_work import reply, task
from outreach.config import config_path
from outreach.database import TROUBLE
from outreach.engines import jobs, one_machine, one_service
from outreach.errors import ConfigError, OutreachError
from outreach.library import read_schedules, shipped
from outreach.services import Services, clock_set_to
from outreach.setting_up import faults_of, notes_of, set_up
from outreach.web.server import run_web

app = typer.Typer(
    help="Texts and emails that keep people company while they wait for NHS psychotherapy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
schedules = typer.Typer(help="The pathway.", no_args_is_help=True)
keys = typer.Typer(help="The keyring.", no_args_is_help=True)
app.add_typer(waitlist, name="waitlist")
app.add_typer(database, name="database")
app.add_typer(schedules, name="schedules")
app.add_typer(keys, name="keys")
app.add_typer(staff, name="staff")
app.add_typer(duty, name="duty")
app.add_typer(task, name="task")
app.add_typer(reply, name="reply")
app.add_typer(lexicon, name="lexicon")
app.add_typer(templates, name="templates")
app.add_typer(letters, name="letters")
app.add_typer(person, name="person")
app.add_typer(comparison, name="comparison")
app.command("timeline")(show_timeline)
app.command()(report)
app.command("forecast")(show_forecast)
app.command()(reconcile)
app.command()(pause)
app.command()(resume)
app.command()(demo)


class Engine(StrEnum):
    """What drives the jobs."""

    APSCHEDULER = "apscheduler"
    PROCRASTINATE = "procrastinate"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Bodies = Annotated[bool, typer.Option("--bodies", help="With the words; they are personal data.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]


def main() -> None:
    """Run a command; a fault of the reader's making ends with one clear message and exit code 1."""
    log_to_stderr()
    try:
        app()
    except OutreachError as fault:
        typer.echo(f"Error: {fault}", err=True)
        sys.exit(1)
    except TROUBLE as fault:
        what = f"the database failed ({type(fault).__name__}): is it busy, full, away or damaged?"
        typer.echo(f"Error: {what} What was not finished was taken back; try again.", err=True)
        sys.exit(1)


def log_to_stderr() -> None:
    """Logs are JSON lines with ids only, on standard error, so that output can be piped."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@app.command()
def init() -> None:
    """Make config.toml, the keyring and the database, with the shipped templates and schedules."""
    done = set_up(config_path())
    typer.echo("\n".join(done) if done else "Everything is there already.")
    typer.echo("Next: outreach waitlist import FILE --dry-run")


@app.command()
def check() -> None:
    """Say everything that is wrong with settings, schedules, templates and database."""
    faults = faults_of(config_path())
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    for note in notes_of(wire()):
        typer.echo(f"note: {note}")
    typer.echo("All is well.")


@schedules.command("apply")
def schedules_apply(dry_run: DryRun = False) -> None:
    """Put the schedule files in force; planning follows within a minute."""
    services = wire()
    files = read_schedules(shipped() / "schedules")
    changes = apply_schedules(services, files, services.now(), "outreach schedules apply", dry_run=dry_run)
    for change in changes:
        typer.echo(
            f"{change.key}: {len(change.added)} steps added, {len(change.changed)} changed, "
            f"{len(change.removed)} removed; {change.people} people {'would be' if dry_run else 'are'} planned again"
        )
    if not changes:
        typer.echo("Nothing differs from what is in force.")


@app.command()
def tick(
    at: Annotated[
        str | None, typer.Option(help="Pretend it is this moment (ISO 8601); simulators only.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One pass: plan what is due, then send until nothing is due."""
    services = _services_at(at) if at else wire()
    came = jobs.tick(services)
    counts = {
        "planned": came.planned.planned,
        "skipped": came.planned.skipped,
        "cancelled": came.planned.cancelled,
        "sent": came.sent.accepted,
        "planned_again": came.sent.planned_again,
        "refused": came.sent.refused,
        "unanswered": came.sent.unknown,
        "unconfirmed": came.swept.unconfirmed,
    }
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
    if came.sent.halted:
        raise OutreachError(f"sending was stopped: {came.sent.halted}; put it right, then resume sending")


def _services_at(at: str) -> Services:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter("write a moment such as 2026-12-01T10:30", param_hint="--at") from None
    services = wire()
    if services.is_live:
        raise ConfigError(
            "--at would send real messages at a pretended time; it needs simulators or a loopback address"
        )
    local = moment if moment.tzinfo else moment.replace(tzinfo=services.calendar.zone)
    return wire(clock=clock_set_to(local))


@app.command()
def messages(as_json: AsJson = False, bodies: Bodies = False) -> None:
    """Every message with its state and reason."""
    services = wire()
    with services.read() as session:
        records = message_records(session, services.keyring if bodies else None)
        _print(records, as_json, ("referral_id", "step", "channel", "state", "planned_for", "reason"))


@app.command()
def replies(as_json: AsJson = False, bodies: Bodies = False) -> None:
    """What people wrote to us, and what we understood of it."""
    services = wire()
    with services.read() as session:
        records = reply_records(session, services.keyring if bodies else None)
        _print(records, as_json, ("received_at", "channel", "referral_id", "readings", "read_by"))


@app.command()
def tasks(as_json: AsJson = False, bodies: Bodies = False) -> None:
    """Work for staff."""
    services = wire()
    with services.read() as session:
        records = task_records(session, services.keyring if bodies else None)
        _print(records, as_json, ("kind", "urgency", "state", "referral_id", "due_at", "assignee", "reason"))


def _print(records: Iterable[dict[str, Any]], as_json: bool, columns: tuple[str, ...]) -> None:
    """JSON lines, or a table of the columns a person reads."""
    if as_json:
        for record in records:
            typer.echo(json.dumps(record, ensure_ascii=False))
        return
    table = Table(*columns)
    for record in records:
        table.add_row(*(str(record[column] or "") for column in columns))
    Console().print(table)


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """The whole service on one machine: web pages, hooks, scheduler and sender."""
    wire()
    raise typer.Exit(one_service.serve((("web", "--host", host, "--port", str(port)), ("work",))))


@app.command()
def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Only the web pages and hooks."""
    wire()
    one_service.end_with_parent()
    run_web(host, port)


@app.command()
def work(
    engine: Annotated[
        Engine, typer.Option(help="procrastinate: any number of workers on any number of machines.")
    ] = Engine.APSCHEDULER,
) -> None:
    """Only the scheduler and sender."""
    services = wire()
    one_service.end_with_parent()
    runner = _runner(engine)
    keep_what_is_loaded()
    runner(services)


def _runner(engine: Engine) -> Callable[[Services], None]:
    if engine is Engine.APSCHEDULER:
        return one_machine.work
    try:
        from outreach.engines import many_machines  # noqa: PLC0415 - it needs an extra
    except ModuleNotFoundError:
        raise ConfigError(
            '--engine procrastinate needs an extra: pip install "outreach[distributed]"'
        ) from None
    return many_machines.work


@keys.command("rotate")
def keys_rotate() -> None:
    """Add new keys, then seal and index everything again under them."""
    services = wire()
    typer.echo(f"{rotate_keys(services)} values are sealed under new keys.")
