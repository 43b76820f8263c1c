"""`outreach timeline`: what one person got and will get, as a page to read or as JSON lines."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from outreach.actions.timeline import Line, Timeline, timeline
from outreach.app import wire
from outreach.models.referral import referral_called
from outreach.rules.calendar import Calendar
from outreach.vocabulary import Channel

CHANNELS = {Channel.SMS.value: "text", Channel.EMAIL.value: "email", "letter": "letter", "phone": "phone"}
WIDTH = 78


def show_timeline(
    referral_id: Annotated[str, typer.Argument(help="As in the waiting list.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """What one person got and will get, with dates and reasons."""
    services = wire()
    with services.read() as session:
        referral = referral_called(session, referral_id)
    whole = timeline(services, referral, services.now())
    if as_json:
        for line in whole.lines:
            typer.echo(json.dumps(_record(line), ensure_ascii=False))
    else:
        typer.echo("\n".join(_page(whole, services.calendar)))


def _record(line: Line) -> dict[str, Any]:
    return {
        "at": line.at.isoformat() if line.at else None,
        "due_at": line.due_at.isoformat(),
        "state": line.state,
        "channel": line.channel,
        "schedule": line.schedule,
        "step": line.step,
        "occurrence": line.occurrence,
        "reason": line.reason,
        "message_id": line.message_id,
    }


def _page(whole: Timeline, calendar: Calendar) -> Iterator[str]:
    yield f"{whole.referral_id}: {whole.stage.replace('_', ' ')}"
    past = [line for line in whole.lines if not line.is_to_come]
    coming = [line for line in whole.lines if line.is_to_come]
    yield from _part("So far", past, calendar, "nothing")
    yield from _part("To come, if nothing changes", coming, calendar, "nothing in the next six months")


def _part(heading: str, lines: Sequence[Line], calendar: Calendar, otherwise: str) -> Iterator[str]:
    yield f"\n{heading}"
    if not lines:
        yield f"  {otherwise}"
    for line in lines:
        when = calendar.in_words(line.at or line.due_at)
        how = f" by {CHANNELS[line.channel]}" if line.channel else ""
        yield f"  {when}: {line.step.replace('-', ' ')}{how}, {line.state}"
        yield from textwrap.wrap(line.reason, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
