"""The tables, each with its small verbs and the named queries that read it."""

from outreach.models.activity import Activity, GroupSession, Invitation, InvitationRound
from outreach.models.appointment import Appointment
from outreach.models.base import Base
from outreach.models.comparison import Comparison
from outreach.models.draft import Draft
from outreach.models.enrolment import Enrolment, ScheduleVersion
from outreach.models.event import Event
from outreach.models.forecast import ForecastRun
from outreach.models.heartbeat import Heartbeat
from outreach.models.letter import Letter, LetterBatch
from outreach.models.message import Attempt, Message, ReceiptRow
from outreach.models.needs import NeedsReview
from outreach.models.own_page import NumberCode, OwnChoice, PageLink
from outreach.models.person import LookupToken, Person
from outreach.models.place import Place
from outreach.models.referral import Referral, StageEvent
from outreach.models.reply import Reply
from outreach.models.review import ReviewRun
from outreach.models.saved_reply import SavedReply
from outreach.models.sign_in import Account, RecoveryCode, SignInDelay, StaffSession
from outreach.models.staff import Acquaintance, Duty, Leave, StaffMember, WorkingHours
from outreach.models.stops import Hold, OptOut, Pause
from outreach.models.survey import SurveyAnswer, SurveyComment
from outreach.models.task import Task, TaskTry
from outreach.models.template import Approval, ApprovalRequest, TemplateVersion
from outreach.models.upload import ImportMatch, Upload
from outreach.models.waitlist import WaitlistImport

__all__ = [
    "Account",
    "Acquaintance",
    "Activity",
    "Appointment",
    "Approval",
    "ApprovalRequest",
    "Attempt",
    "Base",
    "Comparison",
    "Draft",
    "Duty",
    "Enrolment",
    "Event",
    "ForecastRun",
    "GroupSession",
    "Heartbeat",
    "Hold",
    "ImportMatch",
    "Invitation",
    "InvitationRound",
    "Leave",
    "Letter",
    "LetterBatch",
    "LookupToken",
    "Message",
    "NeedsReview",
    "NumberCode",
    "OptOut",
    "OwnChoice",
    "PageLink",
    "Pause",
    "Person",
    "Place",
    "ReceiptRow",
    "RecoveryCode",
    "Referral",
    "Reply",
    "ReviewRun",
    "SavedReply",
    "ScheduleVersion",
    "SignInDelay",
    "StaffMember",
    "StaffSession",
    "StageEvent",
    "SurveyAnswer",
    "SurveyComment",
    "Task",
    "TaskTry",
    "TemplateVersion",
    "Upload",
    "WaitlistImport",
    "WorkingHours",
]
