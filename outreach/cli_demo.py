"""`outreach demo`: a made-up waiting list with some months of history, to look at and to try."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from outreach.demo.installation import Wanted, make_demo
from outreach.demo.lives import PRACTICE
from outreach.engines import one_service
from outreach.errors import RefusedError
from outreach.services import wall_clock

HOST = "127.0.0.1"
FEWEST, MOST = 10, 5000

NEXT = """
{people} made-up people, and six months of one service, are in {folder}/.

  {address}/
      the staff site: one press signs you in, as anybody on the team
  {address}/handset/
      what everybody's phone shows
  {address}/handset/{practice}
      Robin Practice's phone. Type "can someone call me please" and send it: Robin gets an answer with a day and
      a time, and the call is on the list of whoever holds it
  {address}/feedback
      the Friends and Family Test, as anybody can answer it. The answer is in the staff site's reports at once
  {folder}/waiting-list.csv
      the waiting list as it stands today. Change it, then take it in:
      OUTREACH_CONFIG={folder}/config.toml outreach waitlist import {folder}/waiting-list.csv --dry-run

Nothing leaves this machine. Running `outreach demo` again makes everything anew."""


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    people: Annotated[int, typer.Option(min=FEWEST, max=MOST, help="How many people are on the list.")] = 300,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it, or only make it.")] = True,
) -> None:
    """Make a service with made-up people in outreach-demo/, let six months pass in it, and serve it."""
    if serve:
        _refuse_a_busy_port(port)
    address = f"http://{HOST}:{port}"
    with _telling() as told:
        folder = make_demo(Path.cwd(), Wanted(people, address, wall_clock()), told).relative_to(Path.cwd())
    typer.echo(NEXT.format(people=people, folder=folder, address=address, practice=PRACTICE))
    if not serve:
        typer.echo(f"\nTo serve it: OUTREACH_CONFIG={folder}/config.toml outreach serve --port {port}")
        return
    typer.echo("\nCtrl-C ends it.")
    os.environ["OUTREACH_CONFIG"] = str(folder.absolute() / "config.toml")
    raise typer.Exit(one_service.serve((("web", "--host", HOST, "--port", str(port)), ("work",))))


def _refuse_a_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise RefusedError(
                f"port {port} is taken by another program; choose another: outreach demo --port {port + 1}"
            ) from None


@contextmanager
def _telling() -> Iterator[Any]:
    """Say which month is passing, on a terminal; one line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        typer.echo("Making the demo: six months pass in about a minute.", err=True)
        yield lambda _day: None
        return
    with console.status("Making the demo") as status:

        def told(day: date) -> None:
            status.update(f"Six months pass: {day:%A %-d %B %Y}")

        yield told
