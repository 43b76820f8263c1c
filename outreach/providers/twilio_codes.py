"""What Twilio's error codes and statuses mean for us, in words that staff can read and without anybody's number."""

from outreach.ports import AddressFault, Outcome, Receipt, Verdict
from outreach.vocabulary import ReceiptStatus

OPTED_OUT = frozenset({"21610"})
UNUSABLE = frozenset({"21211", "21614", "30005", "30006"})
EXPIRED = frozenset({"30036"})

HALTING = frozenset(
    {"20003", "20005", "20404", "21603", "21606", "21659", "21660", "21703", "21705", "30002"}
)
"""The account, its password or its sender is wrong: the same answer awaits every other message."""

TOO_MANY = "20429"

REASONS = {
    "20003": "the account id or its password is refused",
    "20005": "the account is not active",
    "20404": "the account or the address of the service is not known",
    "20429": "too many requests at once",
    "21211": "this is not a telephone number",
    "21408": "the account may not send texts to this country",
    "21603": "no sender is set",
    "21606": "our number cannot send texts to this number",
    "21610": "this number has stopped our texts at the provider",
    "21611": "our number has too many texts waiting",
    "21612": "our number cannot reach this number",
    "21614": "this number cannot get texts",
    "21617": "the text is longer than 1,600 characters",
    "21659": "our number does not belong to the account",
    "21660": "our number does not belong to the account",
    "21703": "the messaging service has no number",
    "21705": "the messaging service is not known",
    "30001": "too many texts are waiting at the provider",
    "30002": "the account is suspended",
    "30003": "the phone was switched off or out of reach",
    "30004": "the network blocked the text",
    "30005": "the number is not in use",
    "30006": "a landline or a network that cannot get texts",
    "30007": "the network took the text for spam",
    "30008": "it could not be delivered, and nobody said why",
    "30036": "it was not delivered within its time",
}

STATUSES = {
    "accepted": ReceiptStatus.ACCEPTED,
    "scheduled": ReceiptStatus.ACCEPTED,
    "queued": ReceiptStatus.ACCEPTED,
    "sending": ReceiptStatus.ACCEPTED,
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.DELIVERED,
    "undelivered": ReceiptStatus.UNDELIVERED,
    "failed": ReceiptStatus.FAILED,
    "canceled": ReceiptStatus.FAILED,
}

MAYBE_PROCESSED = frozenset({408, 409, 425, 499})
"""Answers among the 4xx after which the request may all the same have been taken."""


def reason_for(code: str) -> str:
    """What this code means; a code nobody here knows is named, so that staff can look it up."""
    return REASONS.get(code, f"the provider gave code {code}, which Outreach does not know" if code else "")


def address_fault(code: str) -> AddressFault | None:
    """What this code says about the number for good."""
    if code in OPTED_OUT:
        return AddressFault.OPTED_OUT
    return AddressFault.UNUSABLE if code in UNUSABLE else None


def outcome_for(status: int, code: str) -> Outcome:
    """What an error answer to a hand-over means; `code` is Twilio's own, blank when the answer did not carry one."""
    never_processed = 400 <= status < 500 and status not in MAYBE_PROCESSED
    if not never_processed:
        return Outcome(Verdict.UNKNOWN, code=code or str(status), reason=f"the provider answered {status}")
    if status == 429 or code == TOO_MANY:
        return Outcome(Verdict.NOT_PROCESSED, code=code or "429", reason=REASONS[TOO_MANY], not_now=True)
    if status == 401 or code in HALTING:
        reason = reason_for(code) if code in HALTING else REASONS["20003"]
        return Outcome(Verdict.NOT_PROCESSED, code=code or str(status), reason=reason, halt=True)
    if not code:
        # Not Twilio's own words: a gateway before it refused the request, and may let it pass later.
        return Outcome(Verdict.NOT_PROCESSED, code=str(status), reason=f"the provider answered {status}")
    return Outcome(Verdict.REFUSED, code=code, reason=reason_for(code), address_fault=address_fault(code))


def receipt_for(provider_id: str, status: str, code: str) -> Receipt:
    """Delivery news in neutral words; an unknown status only says that the provider has the message."""
    meaning = STATUSES.get(status, ReceiptStatus.ACCEPTED)
    reason = reason_for(code) if code else ""
    if status not in STATUSES:
        reason = "the provider gave a status that Outreach does not know"
    if code in EXPIRED and meaning in (ReceiptStatus.FAILED, ReceiptStatus.UNDELIVERED):
        meaning = ReceiptStatus.EXPIRED
    return Receipt(
        provider_id,
        meaning,
        code=code or None,
        reason=reason,
        address_fault=address_fault(code),
        halt=code in HALTING,
    )
