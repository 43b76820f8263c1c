"""Says what in a message template could harm, shame, mislead or cost, with its place, before anybody receives it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from outreach.errors import RefusedError, TemplateRefusedError
from outreach.rules.cadence import Schedule
from outreach.rules.rendering import compile_text, latin_kept
from outreach.rules.segments import Segments, count
from outreach.rules.template_syntax import UNKNOWN
from outreach.rules.variables import VARIABLES
from outreach.rules.wording_checks import CHECKS, pounds_a_year
from outreach.rules.wording_versions import Draft, Finding, Use, versions, wordings_of
from outreach.vocabulary import Purpose

__all__ = ["Draft", "Finding", "Use", "dearest", "lint", "pounds_a_year", "use_of"]


def lint(
    draft: Draft, use: Use, longest: Mapping[str, str], pence_per_segment: Decimal = Decimal("4.0")
) -> list[Finding]:
    """Everything to change in a draft, errors first, then by place.

    `longest` holds every variable at its longest real value, the installation's own among them
    (`variables.longest_values`). The lists of phrases are English; other languages get the other checks.
    """
    try:
        wordings = wordings_of(draft, use, longest, pence_per_segment)
    except TemplateRefusedError as fault:
        code = "unknown-variable" if fault.what.startswith(UNKNOWN) else "refused"
        return [Finding(code, "error", fault.what, fault.line, fault.column)]
    except RefusedError as fault:
        return [Finding("too-long", "error", str(fault), 1, 1)]
    findings = [finding for check in CHECKS for finding in check(wordings)]
    return sorted(
        dict.fromkeys(findings), key=lambda each: (each.severity, each.line, each.column, each.code)
    )


def dearest(draft: Draft, longest: Mapping[str, str]) -> Segments:
    """What the longest text that this draft can become takes. Raises TemplateRefusedError or RefusedError."""
    compiled = compile_text(draft.source, frozenset(VARIABLES))
    directed = latin_kept(longest, draft.language)
    return max((count(text) for _, text in versions(compiled, directed)), key=lambda each: each.segments)


def use_of(key: str, schedules: Iterable[Schedule]) -> Use:
    """What a template is for, by the steps that name it; one that none names is an answer, or not in use."""
    steps = [step for schedule in schedules for step in schedule.steps if key in step.templates]
    if not steps:
        return Use(Purpose.ANSWER)
    return Use(steps[0].purpose, first_contact=any(step.first_contact for step in steps))
