"""Commands about message templates: what there is, sheets for translators, and a second person's approval."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from outreach.actions.approve_template import approve_template
from outreach.actions.staff import member_called
from outreach.actions.translate import Taken, export_translations, import_translations
from outreach.app import wire
from outreach.errors import NotFoundError
from outreach.models.template import version_numbered
from outreach.reports.wording import standings
from outreach.rules.tongues import language_name
from outreach.translation_file import read_sheet, write_sheet
from outreach.vocabulary import Channel

templates = typer.Typer(help="The words that people get.", no_args_is_help=True)

Language = Annotated[str, typer.Argument(help="A language tag, such as ur.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@templates.command("list")
def templates_list(
    language: Annotated[str, typer.Option(help="Only this language.")] = "", *, as_json: AsJson = False
) -> None:
    """Every template with its newest version, who wrote it, and which version is in use."""
    services = wire()
    with services.read() as session:
        known = standings(session, needs_approval=services.is_live)
        records = [
            {
                "key": each.newest.key,
                "channel": each.newest.channel.value,
                "language": each.newest.language,
                "version": each.newest.version,
                "author": each.newest.written_by,
                "approved": each.is_approved,
                "in_use": each.in_use.version if each.in_use else None,
            }
            for _, each in sorted(known.items(), key=lambda pair: str(pair[0]))
            if language in ("", each.newest.language)
        ]
    if as_json:
        for record in records:
            typer.echo(json.dumps(record, ensure_ascii=False))
        return
    columns = ("key", "channel", "language", "version", "author", "in_use")
    table = Table(*columns)
    for record in records:
        table.add_row(*("none" if record[column] is None else str(record[column]) for column in columns))
    Console().print(table)


@templates.command("export")
def templates_export(
    language: Language,
    file: Annotated[Path, typer.Argument(help="The Excel workbook to write; it must not exist yet.")],
) -> None:
    """Write a translator's sheet: each message with its context, its English and the words there are so far."""
    if file.exists():
        raise typer.BadParameter(f"{file} is there already; name another file", param_hint="FILE")
    services = wire()
    with services.read() as session:
        rows = export_translations(session, services, language)
    file.write_bytes(write_sheet(language, rows))
    done = sum(bool(row.translation) for row in rows)
    typer.echo(f"{file}: {len(rows)} messages, {done} of them with words in {language_name(language)}.")


@templates.command("import")
def templates_import(
    language: Language,
    file: Annotated[Path, typer.Argument(help="The workbook that came back.", exists=True, dir_okay=False)],
    *,
    author: Annotated[str, typer.Option(help="Who wrote these words; somebody else must approve them.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
) -> None:
    """Take a translator's words as drafts; they reach nobody before a second person has approved each."""
    services = wire()
    rows = read_sheet(file.read_bytes(), language, file.name)
    with services.begin() as session:
        taken = import_translations(
            session, services, language, rows, services.now(), author=author, file=file.name
        )
        said = _in_words(taken, dry_run=dry_run)
        if dry_run:
            session.rollback()
    typer.echo(said)


def _in_words(taken: Taken, *, dry_run: bool) -> str:
    verb = "would be stored" if dry_run else "stored"
    return f"{len(taken.drafts)} drafts {verb}, {taken.unchanged} as they were, {taken.blank} left blank."


@templates.command("approve")
def templates_approve(
    key: Annotated[str, typer.Argument(help="Such as answers/thanks.")],
    channel: Annotated[Channel, typer.Argument(help="sms or email.")],
    language: Language,
    *,
    version: Annotated[int, typer.Option(help="The version that you have read.", min=1)],
    by: Annotated[str, typer.Option("--by", help="Your name, as in `outreach staff list`.")],
    speaker: Annotated[
        str, typer.Option(help="Who has read it as a speaker of its language, if that is not you.")
    ] = "",
) -> None:
    """Let one version reach people from now on; its author cannot approve it."""
    services = wire()
    with services.begin() as session:
        found = version_numbered(session, key, language, channel, version)
        newest = version_numbered(session, key, language, channel)
        if newest.version != found.version:
            raise NotFoundError(f"version {newest.version} is newer than {found.version}; read that one")
        approve_template(
            session, services, found, member_called(session, by), services.now(), native_speaker=speaker
        )
    typer.echo(f"{key} ({language}, {channel.value}): version {version} is used from the next message on.")
