"""The command for the review: does it help, and whom."""

import json
from pathlib import Path
from typing import Annotated

import typer

from outreach.app import wire
from outreach.cli_staff import read_day
from outreach.reports.paper import write_files
from outreach.reports.review import as_record, review
from outreach.rules.spans import Span


def report(
    first: Annotated[str, typer.Option("--from", help="The first day, such as 2026-04-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    compare: Annotated[
        str, typer.Option(help="Compare the days before this one with those from it on.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables, small counts hidden.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="The folder for the page, the PDF and the CSV files.")
    ] = None,
) -> None:
    """Write the review: attendance, reach, peer support and messages, to print and as tables."""
    services = wire()
    span = Span(read_day(first), read_day(last), read_day(compare) if compare else None)
    found = review(services, span)
    folder = out or (None if as_json else Path(f"review-{span.first}-to-{span.last}"))
    written = write_files(found, folder) if folder else []
    if as_json:
        typer.echo(json.dumps(as_record(found), ensure_ascii=False))
        return
    for section in found.sections:
        for sentence in section.summary:
            typer.echo(sentence)
    typer.echo(
        f"Written to {folder}: {len(written)} files; open {written[0].name} in a browser to read or print it."
    )
    if not any(path.suffix == ".pdf" for path in written):
        typer.echo("There is no PDF: no Chromium, Chrome or Edge was found that could print it.")
