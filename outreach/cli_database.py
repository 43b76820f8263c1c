"""`outreach database` and `outreach reconcile`: from one database to another, and back to work after a restore."""

import asyncio
from typing import Annotated

import typer

from outreach.actions import reconcile as reconciling
from outreach.actions.copy_database import Copied, copy_database
from outreach.actions.notice_restore import take_as_restored
from outreach.actions.staff import hands_on
from outreach.app import PATIENT_SECONDS, wire
from outreach.database import make_engine, migrate
from outreach.engines.jobs import Stopper, plan
from outreach.engines.many_tables import prepare

database = typer.Typer(help="The database.", no_args_is_help=True)


By = Annotated[str, typer.Option("--by", help="Your name, as in `outreach staff list`.")]
Why = Annotated[str, typer.Option("--why", help="In a few words, without personal data.")]


@database.command("copy")
def copy(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            envvar="OUTREACH_COPY_TO",
            help="The new, empty database; better in the environment, where no list of processes shows its password.",
        ),
    ],
) -> None:
    """Copy everything into a new database and compare every row; stop the service first."""
    services = wire()
    target = make_engine(to, PATIENT_SECONDS)
    migrate(target)
    copied = copy_database(services.engine, target, services.now(), _tell)
    prepare(target)
    rows = sum(each.rows for each in copied)
    typer.echo(f"{rows:,} rows are there, each the same as before. The old database is as it was.")
    typer.echo(
        "Next: put the new address into [database] url, keep the same keyring file, and start the service."
    )


def _tell(copied: Copied) -> None:
    if copied.rows:
        typer.echo(f"{copied.table}: {copied.rows:,}")


@database.command("restored")
def restored(by: By, why: Why) -> None:
    """Say that this database is a restored backup, where the program cannot know: all sending is paused."""
    services = wire()
    with services.begin() as session:
        take_as_restored(session, services.now(), who=hands_on(session, by).name, why=why)
    typer.echo("All sending is paused. Next: take in the newest waiting list, then `outreach reconcile`.")


def reconcile(
    by: By,
    no_new_list: Annotated[
        bool, typer.Option("--no-new-list", help="No waiting list was taken in since the backup was made.")
    ] = False,
) -> None:
    """After a restore: find out from the provider what was sent since the backup, then let sending go on."""
    services = wire()
    with services.read() as session:
        who = hands_on(session, by).name
        place = reconciling.may_reconcile(session, services.now(), without_list=no_new_list)
    plan(services, Stopper())
    done = asyncio.run(reconciling.reconcile(services, place, services.now(), who=who))
    typer.echo(
        f"{done.replies} replies taken in that had not reached us. Of what was due, {done.adopted} had been sent, "
        f"{done.to_go} had not and go now, and nobody can tell about {done.unconfirmed}: these are unconfirmed."
    )
    typer.echo(
        "Sending goes on, unless somebody has paused it. What was changed on pages since the backup is gone."
    )
