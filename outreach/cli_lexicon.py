"""The command that measures the reply reader on the test set."""

from pathlib import Path
from typing import Annotated

import typer

from outreach.library_lexicon import load_lexicon, shipped_lexicon
from outreach.replies_check import figures, load_items, table

lexicon = typer.Typer(help="The words that replies are read for.", no_args_is_help=True)


@lexicon.command("report")
def lexicon_report(
    folder: Annotated[Path, typer.Option(help="The test replies, one <group>.csv each.")] = Path(
        "tests/replies"
    ),
    file: Annotated[
        Path | None, typer.Option(help="Another lexicon than the shipped one, to compare.")
    ] = None,
) -> None:
    """What the reader finds, misses and flags without need, group by group: the table of docs/reading.md."""
    words = load_lexicon(file) if file else shipped_lexicon()
    typer.echo(table(figures(words, load_items(folder))))
