"""The words of the service, each spelled once: code, tables, pages and files all use these."""

from enum import StrEnum


class Stage(StrEnum):
    """Where a referral stands on the pathway."""

    AWAITING_ASSESSMENT = "awaiting_assessment"
    AWAITING_DECISION = "awaiting_decision"
    AWAITING_TREATMENT = "awaiting_treatment"
    IN_TREATMENT = "in_treatment"
    CLOSED = "closed"


class AnchorKind(StrEnum):
    """What a step's date is counted from."""

    REFERRED = "referred"
    ASSESSMENT = "assessment"
    ASSESSMENT_MISSED = "assessment_missed"
    ACCEPTED = "accepted"
    TREATMENT = "treatment"
    TREATMENT_MISSED = "treatment_missed"
    THERAPY_ENDED = "therapy_ended"


class AppointmentKind(StrEnum):
    """The two appointments whose attendance the service is judged by."""

    ASSESSMENT = "assessment"
    TREATMENT = "treatment"


class Attendance(StrEnum):
    """NHS Data Dictionary ATTENDED OR DID NOT ATTEND CODE."""

    NOT_YET = "0"
    CANCELLED_BY_PERSON = "2"
    DID_NOT_ATTEND = "3"
    CANCELLED_BY_SERVICE = "4"
    SEEN_ON_TIME = "5"
    SEEN_LATE = "6"
    TOO_LATE_TO_BE_SEEN = "7"

    @property
    def is_missed(self) -> bool:
        """The person did not attend, or came too late to be seen."""
        return self in (Attendance.DID_NOT_ATTEND, Attendance.TOO_LATE_TO_BE_SEEN)

    @property
    def is_attended(self) -> bool:
        """The person was seen."""
        return self in (Attendance.SEEN_ON_TIME, Attendance.SEEN_LATE)

    @property
    def is_settled(self) -> bool:
        """The appointment took place or was missed: neither still to come nor called off."""
        return self.is_missed or self.is_attended

    @property
    def is_cancelled(self) -> bool:
        """The appointment was called off before it took place."""
        return self in (Attendance.CANCELLED_BY_PERSON, Attendance.CANCELLED_BY_SERVICE)


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    EMAIL = "email"


class PreferredChannel(StrEnum):
    """How a person has asked to be reached."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"


class Instead(StrEnum):
    """What is done for a person whom no message of ours may reach, or not in the way they need."""

    LETTER = "letter"
    CALL = "call"


class Format(StrEnum):
    """A form in which a person needs what we write; `other` is anything that a person has to look at."""

    LARGE_PRINT = "large_print"
    EASY_READ = "easy_read"
    BRAILLE = "braille"
    AUDIO = "audio"
    OTHER = "other"


class Purpose(StrEnum):
    """Why a message is sent; people may stop one purpose and keep another."""

    APPOINTMENT = "appointment"
    CHECK_IN = "check_in"
    SUPPORT = "support"
    SURVEY = "survey"
    CONVERSATION = "conversation"
    ANSWER = "answer"
    ALERT = "alert"

    @property
    def is_spaced(self) -> bool:
        """Of these a person gets at most one within the gap; messages about appointments are exempt."""
        return self in (Purpose.CHECK_IN, Purpose.SUPPORT, Purpose.SURVEY)

    @property
    def is_written_by_staff(self) -> bool:
        """A member of staff's own words to one person: no schedule knows it, and nobody is introduced by it."""
        return self is Purpose.CONVERSATION

    @property
    def is_at_any_hour(self) -> bool:
        """Not started by us but by somebody who just wrote, or by an alarm: it does not wait for the morning."""
        return self in (Purpose.ANSWER, Purpose.ALERT)


class DayPart(StrEnum):
    """When on a day a person likes to hear from us; none named means that any time will do."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class ChoiceKind(StrEnum):
    """What a person has chosen on their own page although the waiting list says something as well."""

    LANGUAGE = "language"
    CHANNEL = "channel"
    MOBILE = "mobile"


class NumberIs(StrEnum):
    """Whose phone a number rings."""

    OWN = "own"
    SHARED = "shared"
    CARER = "carer"


class NotAsked(StrEnum):
    """What may go to a person who was never asked whether texts and emails are safe."""

    APPOINTMENTS = "appointments"
    ALL = "all"
    NONE = "none"


class Again(StrEnum):
    """Whether a step is repeated when its anchor gets a new date."""

    ON_A_NEW_DATE = "on a new date"
    NEVER = "never"


class MessageState(StrEnum):
    """Where a message is on its way to the person."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    CANCELLED = "cancelled"
    HELD = "held"
    EXPIRED = "expired"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"


CANCELLABLE = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.HELD)
"""Only these can be cancelled: later ones may already be with the provider."""

LEFT_US = (
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.UNCONFIRMED,
)
"""States in which the person may have the message, or may yet get it."""


class Reading(StrEnum):
    """What we understood of a reply; one reply can carry several."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    WANTS_TALK = "wants_talk"
    WANTS_CHANGE = "wants_change"
    WANTS_OTHER_CONTACT = "wants_other_contact"
    POSSIBLE_CRISIS = "possible_crisis"
    NEEDS_READER = "needs_reader"
    WRONG_NUMBER = "wrong_number"
    SURVEY = "survey"
    THANKS = "thanks"
    AUTOMATIC = "automatic"
    JOINS = "joins"
    DECLINES = "declines"


class TaskKind(StrEnum):
    """What a task asks staff to do."""

    CALLBACK = "callback"
    URGENT = "urgent"
    CHANGE = "change"
    KEEP_IN_TOUCH = "keep_in_touch"
    CALL = "call"
    REACH_OUT = "reach_out"
    NEEDS_REVIEW = "needs_review"
    UNMATCHED = "unmatched"
    WRONG_NUMBER = "wrong_number"
    RECORD_CHECK = "record_check"
    AFTER_DEATH = "after_death"


class Urgency(StrEnum):
    """How soon a task needs a person."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


class TaskState(StrEnum):
    """Whether a task still needs a person."""

    OPEN = "open"
    CLAIMED = "claimed"
    CLOSED = "closed"


class TryResult(StrEnum):
    """How one try to reach somebody ended."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    CALL_LATER = "call_later"


class ActivityKind(StrEnum):
    """What an activity is about."""

    SOCIAL = "social"
    PHYSICAL_HEALTH = "physical_health"
    CREATIVE = "creative"
    FAITH_AND_CULTURE = "faith_and_culture"
    PRACTICAL_HELP = "practical_help"


class Access(StrEnum):
    """What an activity has that some people cannot do without."""

    STEP_FREE = "step_free"
    HEARING_LOOP = "hearing_loop"
    QUIET_SPACE = "quiet_space"
    ONLINE = "online"


class Role(StrEnum):
    """What a staff member does here."""

    PEER_WORKER = "peer_worker"
    PEER_LEAD = "peer_lead"
    CLINICIAN = "clinician"
    ADMIN = "admin"
    ANALYST = "analyst"


class Cause(StrEnum):
    """How an opt-out reached us."""

    REPLY = "reply"
    CARRIER = "carrier"
    EMAIL_LINK = "email_link"
    EMAIL_PROVIDER = "email_provider"
    STAFF = "staff"
    OWN_PAGE = "own_page"
    WRONG_NUMBER = "wrong_number"
    DEAD_ADDRESS = "dead_address"

    @property
    def is_about_the_address(self) -> bool:
        """The address cannot be used, whatever the person wants."""
        return self in (Cause.WRONG_NUMBER, Cause.DEAD_ADDRESS)


class ReceiptStatus(StrEnum):
    """Delivery news, in the order in which a message normally moves."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"


class UploadState(StrEnum):
    """Where an uploaded waiting list is on its way in."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    UNMATCHED = "unmatched"
    CHECKED = "checked"
    CONFIRMED = "confirmed"
    TAKING = "taking"
    TAKEN = "taken"
    FAILED = "failed"
    DROPPED = "dropped"

    @property
    def is_under_way(self) -> bool:
        """The worker has it, or has it next."""
        return self in (UploadState.UPLOADED, UploadState.CHECKING, UploadState.CONFIRMED, UploadState.TAKING)

    @property
    def is_over(self) -> bool:
        """Nothing more happens to it."""
        return self in (UploadState.TAKEN, UploadState.FAILED, UploadState.DROPPED)


class AnsweredBy(StrEnum):
    """How an answer to a survey came in."""

    PAGE = "page"
    PAPER = "paper"
