"""What is wrong with the words of a message in this installation, before they are saved or approved."""

from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.compose import service_values
from outreach.errors import Fault, WordingError
from outreach.rules.variables import longest_values
from outreach.rules.wording import Draft, Finding, lint, use_of
from outreach.services import Services


def check_wording(session: Session, services: Services, draft: Draft) -> list[Finding]:
    """Every finding of the linter, errors first, with this installation's own name, phone and schedules."""
    own = {
        name: value
        for name, value in service_values(services, draft.channel, draft.language).items()
        if value
    }
    return lint(
        draft,
        use_of(draft.key, in_force(session).values()),
        longest_values(draft.channel, own, draft.language),
    )


def refuse_errors(session: Session, services: Services, draft: Draft) -> None:
    """Raise WordingError with every error of the linter; warnings pass."""
    faults = [
        Fault(f"{draft.key} ({draft.language}, {draft.channel.value})", each.line, _in_words(each))
        for each in check_wording(session, services, draft)
        if each.severity == "error"
    ]
    if faults:
        raise WordingError(faults)


def _in_words(finding: Finding) -> str:
    return f"column {finding.column}: {finding.message}"
