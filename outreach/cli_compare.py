"""Commands for a comparison by lot: how many people it needs, turning it on, and turning it off."""

from typing import Annotated

import typer

from outreach.actions.compare import (
    arms_of,
    begin_comparison,
    end_comparison,
    new_seed,
    stepped_start,
    two_wordings,
)
from outreach.actions.staff import hands_on
from outreach.app import wire
from outreach.cli_staff import read_day
from outreach.rules.lots import Lot, people_needed
from outreach.rules.spans import day_in_words
from outreach.services import Services

comparison = typer.Typer(
    help="A comparison by lot, never by withholding: off unless turned on.", no_args_is_help=True
)

By = Annotated[str, typer.Option("--by", help="Your name, as in `outreach staff list`.")]
Why = Annotated[str, typer.Option("--why", help="The reason, in a few words without personal data.")]
Seed = Annotated[int | None, typer.Option(help="Draw the lot of this seed again; else a new one.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say who would be in what, and change nothing.")]
Before = Annotated[float, typer.Option("--before", help="The share of missed appointments now, in percent.")]
Hoped = Annotated[float, typer.Option("--hoped", help="The share that would be worth it, in percent.")]


@comparison.command("size")
def size(before: Before, hoped: Hoped) -> None:
    """How many appointments each side needs before a comparison can tell anything."""
    needed = people_needed(before / 100, hoped / 100)
    typer.echo(
        f"To find a change from {before:g}% to {hoped:g}% four times out of five, each side needs "
        f"{needed:,} appointments. A stepped start needs more: sides change while it runs."
    )


@comparison.command("stepped-start")
def begin_stepped_start(
    schedule: Annotated[str, typer.Argument(help="The schedule, such as waiting-for-therapy.")],
    *,
    by: By,
    why: Why,
    starts: Annotated[str, typer.Option("--starts", help="The day on which the first cohort begins.")],
    before: Before,
    hoped: Hoped,
    cohorts: Annotated[int, typer.Option(help="How many cohorts.")] = 4,
    weeks_between: Annotated[
        int, typer.Option(help="Weeks from one to the next; nobody may wait over 12.")
    ] = 4,
    seed: Seed = None,
    dry_run: DryRun = False,
) -> None:
    """Let cohorts begin a schedule one after another. Messages about appointments go to everybody all the while."""
    services = wire()
    today = services.calendar.day_of(services.now())
    lot = stepped_start(cohorts, weeks_between, read_day(starts), new_seed() if seed is None else seed, today)
    size(before, hoped)
    _begin(services, schedule, lot, by=by, why=why, dry_run=dry_run)


@comparison.command("wordings")
def begin_wordings(
    schedule: Annotated[str, typer.Argument(help="The schedule, such as before-assessment.")],
    step: Annotated[str, typer.Argument(help="One of its steps.")],
    template: Annotated[str, typer.Argument(help="The other template; the step has its own.")],
    *,
    by: By,
    why: Why,
    before: Before,
    hoped: Hoped,
    seed: Seed = None,
    dry_run: DryRun = False,
) -> None:
    """Send one of two wordings of a step, half and half."""
    services = wire()
    with services.read() as session:
        lot = two_wordings(session, schedule, step, template, new_seed() if seed is None else seed)
    size(before, hoped)
    _begin(services, schedule, lot, by=by, why=why, dry_run=dry_run)


def _begin(services: Services, schedule: str, lot: Lot, *, by: str, why: str, dry_run: bool) -> None:
    with services.read() as session:
        who = hands_on(session, by).name
        arms = arms_of(session, schedule, lot)
    if not dry_run:
        begin_comparison(services, schedule, lot, services.now(), who=who, why=why)
    for arm in arms:
        begins = f" begins on {day_in_words(arm.begins_on)}" if arm.begins_on else ""
        typer.echo(f"Group {arm.number}{begins}: {arm.people:,} people")
    typer.echo(f"Seed {lot.seed}. {'Nothing was changed.' if dry_run else 'It is on.'}")


@comparison.command("end")
def end(by: By, why: Why) -> None:
    """Turn it off: whoever still waited begins now."""
    services = wire()
    with services.read() as session:
        who = hands_on(session, by).name
    row = end_comparison(services, services.now(), who=who, why=why)
    typer.echo(f"The comparison on {row.schedule} is off. What came of it is in the review.")
