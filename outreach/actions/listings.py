"""What is stored, as one plain record a row: the commands' JSON lines and tables."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.own_words import fallback_reason
from outreach.models import Message, Referral, Reply, StaffMember, Task, TemplateVersion
from outreach.sealing import Keyring


def message_records(session: Session, keyring: Keyring | None = None) -> Iterator[dict[str, Any]]:
    """Every message in the order it was planned; subject and body only with a keyring."""
    local_ids = dict(session.execute(select(Referral.id, Referral.local_id)).all())
    versions = dict(session.execute(select(TemplateVersion.id, TemplateVersion.version)).all())
    query = select(Message).order_by(Message.planned_for, Message.id).execution_options(yield_per=1000)
    for row in session.scalars(query):
        record = {
            "id": row.id,
            "referral_id": local_ids.get(row.referral_id or ""),
            "schedule": row.schedule,
            "step": row.step,
            "occurrence": row.occurrence,
            "purpose": row.purpose.value,
            "channel": row.channel.value if row.channel else None,
            "language": row.language,
            "wanted_language": row.wanted_language,
            "state": row.state.value,
            "reason": row.reason or fallback_reason(row.wanted_language),
            "template": row.template,
            "template_version": versions.get(row.template_version_id or ""),
            "planned_for": row.planned_for.isoformat(),
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
            "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
            "segments": row.segments,
            "attempts": row.attempts,
            "provider_id": row.provider_id,
        }
        if keyring is not None:
            record["subject"], record["body"] = row.opened(keyring)
        yield record


def task_records(session: Session, keyring: Keyring | None = None) -> Iterator[dict[str, Any]]:
    """Every task, oldest first; the words that caused it only with a keyring."""
    local_ids = dict(session.execute(select(Referral.id, Referral.local_id)).all())
    names = dict(session.execute(select(StaffMember.id, StaffMember.name)).all())
    for row in session.scalars(select(Task).order_by(Task.opened_at, Task.id)):
        record = {
            "id": row.id,
            "kind": row.kind.value,
            "urgency": row.urgency.value,
            "state": row.state.value,
            "referral_id": local_ids.get(row.referral_id or ""),
            "reply_id": row.reply_id,
            "reason": row.reason,
            "opened_at": row.opened_at.isoformat(),
            "due_at": row.due_at.isoformat(),
            "assignee": names.get(row.assignee_id or ""),
            "outcome": row.outcome,
        }
        if keyring is not None:
            record["words"] = row.opened_words(keyring)
        yield record


def reply_records(session: Session, keyring: Keyring | None = None) -> Iterator[dict[str, Any]]:
    """Every reply, oldest first; its words only with a keyring."""
    local_ids = dict(session.execute(select(Referral.id, Referral.local_id)).all())
    tasks: dict[str, list[str]] = {}
    for reply_id, task_id in session.execute(select(Task.reply_id, Task.id)):
        tasks.setdefault(reply_id or "", []).append(task_id)
    for row in session.scalars(select(Reply).order_by(Reply.received_at, Reply.id)):
        record = {
            "id": row.id,
            "provider_id": row.provider_id,
            "channel": row.channel.value,
            "received_at": row.received_at.isoformat(),
            "referral_id": local_ids.get(row.referral_id or ""),
            "readings": row.readings,
            "task_ids": tasks.get(row.id, []),
            "read_by": row.read_by,
        }
        if keyring is not None:
            record["body"] = row.opened(keyring)
        yield record
