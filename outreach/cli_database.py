"""`outreach database`: moves an installation from one database to another."""

from typing import Annotated

import typer

from outreach.actions.copy_database import Copied, copy_database
from outreach.app import PATIENT_SECONDS, wire
from outreach.database import make_engine, migrate
from outreach.engines.many_tables import prepare

database = typer.Typer(help="The database.", no_args_is_help=True)


@database.callback()
def about() -> None:
    """Keeps `copy` a command of its own name while it is the only one."""


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
