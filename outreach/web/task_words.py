"""What tasks are called on pages, what ends them, and what is said about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach.vocabulary import TaskKind, TryResult

OTHER = "something else"


@dataclass(frozen=True, slots=True)
class KindWords:
    """One kind of task: its name, what to do, and the usual ways in which it ends."""

    name: str
    what: str
    outcomes: Sequence[str] = ()


KINDS: Mapping[TaskKind, KindWords] = {
    TaskKind.CALLBACK: KindWords("Call back", "They asked to talk to somebody."),
    TaskKind.URGENT: KindWords(
        "Possible crisis",
        "",
        ("spoke with them, safe for now", "emergency services called", "passed to the crisis team"),
    ),
    TaskKind.CHANGE: KindWords(
        "Change an appointment",
        "Find them another time, enter it where appointments are kept, and tell them.",
        ("another time is booked", "they keep the appointment", "they do not want an appointment now"),
    ),
    TaskKind.KEEP_IN_TOUCH: KindWords(
        "Agree how to keep in touch",
        "Ring or write to them, and agree how they would like to hear from us. Their place on the list is safe.",
        ("we ring them instead", "we write letters instead", "texts or emails may go on", "nothing for now"),
    ),
    TaskKind.CALL: KindWords(
        "Ring instead of writing",
        "No message and no letter can carry this. Ring them and tell them.",
        ("told them", "told somebody they trust", "it is too late to be of use"),
    ),
    TaskKind.REACH_OUT: KindWords(
        "Reach out",
        "Nothing of ours has reached them. Ring or write, and ask how they would like to hear from us.",
        ("spoke with them", "wrote to them", "no way to reach them is known"),
    ),
    TaskKind.NEEDS_REVIEW: KindWords(
        "Ask what they need",
        "Ask whether an interpreter, large print, easy read, a letter or a call would suit them, and keep it under "
        "“What they need from us” on their page. That ends this task.",
        ("nothing has changed", "what they need is on record"),
    ),
    TaskKind.UNMATCHED: KindWords(
        "Find out who wrote",
        "We never guess whose message this is. Please find out, or leave it: it stays on record.",
        ("left: nobody can tell whose it is", "not meant for us"),
    ),
    TaskKind.WRONG_NUMBER: KindWords(
        "Find the right number",
        "The number is not used again. Look in the records for the right one, or write to them.",
        ("the right number is on record", "they are reached another way", "no other way is known"),
    ),
    TaskKind.RECORD_CHECK: KindWords(
        "Check a record",
        "Look the record up where it is kept, and put right what is wrong there.",
        ("the record is put right", "the record was right"),
    ),
    TaskKind.AFTER_DEATH: KindWords(
        "Read a reply after a death",
        "Whoever wrote may be grieving. Read it, and answer by hand or ring, if that is kind.",
        ("spoke with the family", "no answer is needed", "the death was recorded by mistake"),
    ),
}

CALLS = (TaskKind.CALLBACK, TaskKind.CALL, TaskKind.REACH_OUT)
"""Done once somebody has talked with the person."""

TRIES: Mapping[TryResult, str] = {
    TryResult.REACHED: "we talked",
    TryResult.NO_ANSWER: "no answer",
    TryResult.VOICEMAIL: "voicemail left",
    TryResult.WRONG_NUMBER: "wrong number",
    TryResult.CALL_LATER: "asked to be rung another time",
}


def kind_words(kind: TaskKind) -> KindWords:
    """The words for this kind; a kind that nobody has described yet is shown under its own name."""
    return KINDS.get(kind) or KindWords(kind.value.replace("_", " ").capitalize(), "")
