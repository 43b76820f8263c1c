"""`outreach waitlist`: takes a waiting list in, and tells what that changes for people and for messages."""

import gc
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from outreach.actions.import_matches import matches
from outreach.actions.import_waitlist import PLANNED_WEEKS, Imported, Taking, import_waitlist
from outreach.app import wire
from outreach.errors import WaitlistError
from outreach.rules.spans import day_in_words
from outreach.rules.waitlist import Waitlist, read_rows
from outreach.rules.waitlist_row import RowFault
from outreach.services import Services
from outreach.waitlist_file import read_waitlist

waitlist = typer.Typer(help="The waiting list.", no_args_is_help=True)

WHO = "outreach waitlist import"
SHOWN = 20

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]
FullList = Annotated[
    bool, typer.Option("--full", help="The file holds everybody who waits: hold who is missing for staff.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@waitlist.callback()
def about() -> None:
    """Keeps `import` a command of its own name while it is the only one."""


@waitlist.command("import")
def waitlist_import(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, one row a referral.")],
    dry_run: DryRun = False,
    full: FullList = False,
    as_json: AsJson = False,
) -> None:
    """Take in a waiting list; good rows are taken, bad ones are named with their fix."""
    services = wire()
    listed = _read(services, file)
    gc.freeze()  # the whole list stays in memory to the end: collections need not walk over it again and again
    with _progress(len(listed.rows), shown=not as_json) as advance:
        how = Taking(WHO, services.now(), _digest(file), dry_run=dry_run, full=full, progress=advance)
        came = import_waitlist(services, listed, how)
    if as_json:
        typer.echo(json.dumps(_record(listed, came, dry_run=dry_run)))
    else:
        _tell(listed, came, services.config.sending.first_contacts_a_day, dry_run=dry_run)
    if not listed.rows:
        raise WaitlistError(f"no row of {file.name} could be taken in; correct the rows named above")


def _read(services: Services, file: Path) -> Waitlist:
    with services.read() as session:
        mapping = matches(session, services.config.waitlist)
    content = read_waitlist(file, columns=mapping.columns)
    today = services.calendar.day_of(services.now())
    return read_rows(content.headers, content.rows, today, mapping.columns, mapping.codes)


def _digest(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


@contextmanager
def _progress(rows: int, *, shown: bool) -> Iterator[Any]:
    """A bar on a terminal, and nothing anywhere else."""
    console = Console(stderr=True)
    columns = (TextColumn("Taking in the list"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        task = bar.add_task("rows", total=rows)
        yield lambda done: bar.advance(task, done)


def _record(listed: Waitlist, came: Imported, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        **came.counts,
        "replanned": [{"referral_id": local_id, "why": why} for local_id, why in came.replanned],
        "refusals": [_fault(fault) for fault in came.refusals],
        "notes": [_fault(fault) for fault in came.notes],
        "unknown_columns": list(listed.unknown_columns),
        "missing": came.missing,
    }


def _fault(fault: RowFault) -> dict[str, Any]:
    return {name: value for name, value in asdict(fault).items() if name != "severity"}


def _tell(listed: Waitlist, came: Imported, first_contacts_a_day: int, *, dry_run: bool) -> None:
    for heading, faults in (("Refused", came.refusals), ("Please note", came.notes)):
        if faults:
            typer.echo(f"{heading}:")
            typer.echo("\n".join(f"  {fault}" for fault in faults))
    if listed.unknown_columns:
        typer.echo(f"Columns that nobody reads: {', '.join(listed.unknown_columns)}")
    if came.replanned:
        typer.echo("Messages were planned afresh or withdrawn, because:")
        typer.echo("\n".join(f"  {local_id}: {why}" for local_id, why in came.replanned[:SHOWN]))
        if len(came.replanned) > SHOWN:
            typer.echo(f"  and {len(came.replanned) - SHOWN} more; --json names them all")
    if came.missing:
        held = "their check-ins are held until staff have looked" if came.held else "nothing changes for them"
        typer.echo(f"Waiting on record but not in this file: {_some(came.missing)}; {held}")
    typer.echo(
        f"{came.new} new, {came.updated} updated, {came.cancelled} messages cancelled, {came.planned} planned, "
        f"{came.refused} rows refused"
    )
    typer.echo(
        f"{came.unchanged} unchanged. Planned is what the new and updated people get within {PLANNED_WEEKS} weeks."
    )
    if came.first_contacts_until:
        typer.echo(
            f"First messages to those who have waited long are spread out, at most {first_contacts_a_day} a day: the "
            f"last goes on {day_in_words(came.first_contacts_until)}. Change first_contacts_a_day under [sending] "
            "before you take the list in, if your peer workers can answer more."
        )
    if dry_run:
        typer.echo("This was a dry run: nothing was changed.")


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return f"{', '.join(ids[:SHOWN])}{more}"
