"""The review: one document about whether it helps, and whom, put together from every report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from outreach.library_surveys import read_surveys, surveys_folder
from outreach.reports.attendance import attendance_section, definition_of
from outreach.reports.comparison import compared_in, comparison_section
from outreach.reports.definitions import LIMITS, definitions
from outreach.reports.document import HIDDEN, Section, Table
from outreach.reports.feedback import feedback_section, heard_in
from outreach.reports.handoffs import callbacks_in, handoff_section, hours_by_week
from outreach.reports.leaving import leaving_section, waits_in
from outreach.reports.marks import marks_in
from outreach.reports.messages import sending_section, tallies_in
from outreach.reports.quality import imports_in, quality_section, unstated_in
from outreach.reports.reach import people_reached, reach_section
from outreach.reports.visits import visits_in
from outreach.rules.spans import Span
from outreach.services import Services
from outreach.vocabulary import AppointmentKind


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that the document shows."""

    service: str
    span: Span
    made_on: date
    sections: Sequence[Section]
    definitions: Sequence[tuple[str, str]]
    limits: Sequence[str]

    @property
    def tables(self) -> list[Table]:
        """Every table, also those of charts."""
        return [table for section in self.sections for table in section.tables()]


def review(services: Services, span: Span) -> Review:
    """The review of this span, from one consistent view of the database."""
    today = services.calendar.day_of(services.now())
    with services.read() as session:
        sections = _sections(session, services, span, today)
    config = services.config
    return Review(
        service=config.service.name,
        span=span,
        made_on=today,
        sections=sections,
        definitions=definitions(definition_of(config.measures)),
        limits=LIMITS,
    )


def _sections(session: Session, services: Services, span: Span, today: date) -> list[Section]:
    calendar, measures = services.calendar, services.config.measures
    instants = span.instants(calendar)
    visits = visits_in(session, span)
    marks = marks_in(session, span, calendar, measures.go_live_on)
    surveys = read_surveys(surveys_folder(services.config.feedback.surveys)).values()
    return [
        *(attendance_section(visits, kind, span, measures, marks) for kind in AppointmentKind),
        *comparison_section(compared_in(session, span, calendar, today), definition_of(measures)),
        leaving_section(waits_in(session, span, definition_of(measures)), span, marks),
        reach_section(people_reached(session, span, instants)),
        feedback_section(heard_in(session, span, instants), surveys, span, marks),
        handoff_section(
            callbacks_in(session, instants), hours_by_week(session, span, calendar), span, calendar
        ),
        sending_section(tallies_in(session, instants), services.config.sms.pence_per_segment),
        quality_section(
            visits,
            unstated_in(session, span),
            imports_in(session, instants),
            span,
            calendar,
            today=today,
            list_max_age_days=services.config.sending.list_max_age_days,
        ),
    ]


def as_record(found: Review) -> dict[str, Any]:
    """The review as it may leave the team: its tables with small counts hidden, and what they mean."""
    return {
        "service": found.service,
        "from": found.span.first.isoformat(),
        "to": found.span.last.isoformat(),
        "compare": found.span.compare.isoformat() if found.span.compare else None,
        "made_on": found.made_on.isoformat(),
        "hidden": HIDDEN,
        "tables": {
            table.key: {
                "title": table.title,
                "columns": list(table.for_others.columns),
                "rows": [list(row) for row in table.for_others.rows],
            }
            for table in found.tables
        },
        "definitions": dict(found.definitions),
        "limits": list(found.limits),
    }
