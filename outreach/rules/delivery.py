"""How a message's state moves when answers and receipts arrive, in whatever order they come."""

from datetime import timedelta

from outreach.vocabulary import MessageState, ReceiptStatus

FINAL = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.CANCELLED,
        MessageState.EXPIRED,
        MessageState.FAILED,
    }
)

FORWARD = {
    ReceiptStatus.ACCEPTED: MessageState.SENT,
    ReceiptStatus.SENT: MessageState.SENT,
    ReceiptStatus.DELIVERED: MessageState.DELIVERED,
    ReceiptStatus.UNDELIVERED: MessageState.UNDELIVERED,
    ReceiptStatus.FAILED: MessageState.FAILED,
    ReceiptStatus.EXPIRED: MessageState.EXPIRED,
}


def after_receipt(state: MessageState, status: ReceiptStatus) -> MessageState:
    """The state after news about an attempt of this message: forward only, and a final state stays.

    Also from `planned`: an answer that said "not processed" was wrong when a receipt comes, and sending again would
    be sending twice.
    """
    return state if state in FINAL else FORWARD[status]


MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)


def wait_before(attempt: int, jitter: float, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the attempt with this number was not processed; `jitter` is from 0 to 1.

    Doubles from one minute up to half an hour, half of it at random; never shorter than the provider asked for.
    """
    doubled: timedelta = min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)
    wait = doubled / 2 + doubled / 2 * jitter
    return max(wait, asked) if asked else wait
