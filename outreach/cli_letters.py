"""Commands for letters: what waits, print a batch, say that it is in the post."""

from pathlib import Path
from typing import Annotated

import typer

from outreach.actions.letter_words import waiting_letters
from outreach.actions.letters import batch_called, count_letters, mark_posted, print_letters
from outreach.actions.staff import hands_on
from outreach.app import wire
from outreach.errors import RefusedError
from outreach.models.letter import letters_of
from outreach.reports.letters import sheets, write_letters

letters = typer.Typer(help="Letters to people whom no message may reach.", no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="Your name, as in `outreach staff list`.")]


@letters.command("list")
def letters_list() -> None:
    """What waits to be printed, by id, and what becomes of it now."""
    services = wire()
    with services.read() as session:
        for each in waiting_letters(session, services, services.now()):
            typer.echo(f"{each.letter.id}  {each.message.step}  {each.why_not or 'ready to print'}")
        counts = count_letters(session, services.now())
    typer.echo(
        f"{counts.to_print} to print, {counts.printed} printed and not in the post, {counts.posted} posted, "
        f"{counts.undone} did not go"
    )


@letters.command("print")
def letters_print(
    by: By,
    out: Annotated[Path, typer.Option(help="The folder for the page, the CSV and the PDF.")] = Path(
        "letters"
    ),
) -> None:
    """Put what can be printed into one batch, and write it for a printer and for a print service."""
    services = wire()
    with services.read() as session:
        who = hands_on(session, by).name
    batch = print_letters(services, services.now(), who)
    if batch is None:
        raise RefusedError("nothing can be printed now; `outreach letters list` says why")
    service = services.config.service
    with services.read() as session:
        found = sheets(letters_of(session, batch.id), services.keyring)
    on = services.calendar.day_of(batch.made_at)
    written = write_letters(found, on, (service.name, service.phone), out)
    typer.echo(f"{batch.letters} letters in {', '.join(each.name for each in written)} in {out}.")
    typer.echo(f'Once they are in the post: outreach letters posted {batch.id} --by "{who}"')


@letters.command("posted")
def letters_posted(batch_id: str, by: By) -> None:
    """Say that a batch is in the post: its letters count as contact from now on."""
    services = wire()
    with services.begin() as session:
        who = hands_on(session, by).name
        number = mark_posted(session, services, batch_called(session, batch_id), services.now(), who)
    typer.echo(f"{number} letters are in the post. Delete the files that were written for them.")
