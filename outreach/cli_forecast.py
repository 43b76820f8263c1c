"""The command for the forecast: what the coming months bring, and what a changed schedule would change."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from outreach.actions.forecast import FUTURES, WEEKS, Forecast, Told, Week, forecast
from outreach.actions.forecast_runs import as_record
from outreach.app import wire
from outreach.library import read_schedules
from outreach.rules.weeks import Range

COLUMNS = f"{'week from':12}{'texts':>16}{'emails':>16}{'letters':>14}{'pounds':>9}{'calls':>14}{'hours':>14}"


def show_forecast(
    weeks: Annotated[int, typer.Option(min=1, max=104, help="How many weeks ahead.")] = WEEKS,
    futures: Annotated[
        int, typer.Option(min=5, max=200, help="How many possible futures are lived through.")
    ] = FUTURES,
    schedules: Annotated[
        Path | None, typer.Option(help="A folder of schedule files to try out; nobody gets anything by them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Messages, cost, calls and peer hours of the coming months, from the present list."""
    services = wire()
    now = services.now()
    with Progress(transient=True, disable=as_json) as progress:
        bar = progress.add_task("Living through what may come", total=None)

        def told(done: int, of: int) -> None:
            progress.update(bar, completed=done, total=of)

        found = forecast(services, now, weeks=weeks, futures=futures, told=told)
        other = _tried_out(schedules, weeks, futures, told) if schedules else None
    if as_json:
        record = as_record(found)
        typer.echo(json.dumps({**record, "tried_out": as_record(other)} if other else record))
        return
    typer.echo("\n".join([COLUMNS, *(_line(week) for week in found.weeks), *_summary(found)]))
    if other:
        typer.echo("\n".join(_changes(found, other)))


def _tried_out(folder: Path, weeks: int, futures: int, told: Told) -> Forecast:
    """The same with other schedules, which stay where they are."""
    services = wire()
    files = {file.key: file.schedule for file in read_schedules(folder)}
    return forecast(services, services.now(), weeks=weeks, futures=futures, schedules=files, told=told)


def _line(week: Week) -> str:
    """Each figure with the range that holds 90 of 100 weeks."""
    calls = Range(
        week.calls.expected + week.asked.expected,
        week.calls.low + week.asked.low,
        week.calls.high + week.asked.high,
    )
    hours = f"{week.hours_needed.expected:.1f} of {week.hours_there:.1f}{'' if week.fits else ' !'}"
    return (
        f"{week.monday.isoformat():12}{_figure(week.texts):>16}{_figure(week.emails):>16}"
        f"{_figure(week.letters):>14}{week.pounds:>9.2f}{_figure(calls):>14}{hours:>14}"
    )


def _figure(found: Range) -> str:
    return f"{found.expected:.0f} ({found.low:.0f}-{found.high:.0f})"


def _summary(found: Forecast) -> list[str]:
    tight = found.tight_weeks
    return [
        "",
        f"{found.people:,} people on the list, {len(found.weeks)} weeks, {found.futures} futures. Expected: "
        f"{found.total('texts'):,.0f} texts for £{found.pounds:,.2f}, {found.total('emails'):,.0f} emails, "
        f"{found.total('letters'):,.0f} letters, {found.total('calls') + found.total('asked'):,.0f} calls.",
        f"In {len(tight)} weeks more calls are to be expected than the peer workers can hold (marked !)."
        if tight
        else "The peer workers can hold the calls that are to be expected in every week.",
    ]


def _changes(found: Forecast, other: Forecast) -> list[str]:
    parts = [
        f"{name} {found.total(name):,.0f} -> {other.total(name):,.0f}"
        for name in ("texts", "emails", "letters", "calls", "asked")
    ]
    return [
        "",
        f"With the schedules tried out: {', '.join(parts)}; texts cost £{found.pounds:,.2f} -> "
        f"£{other.pounds:,.2f}; weeks that do not fit {len(found.tight_weeks)} -> {len(other.tight_weeks)}.",
    ]
