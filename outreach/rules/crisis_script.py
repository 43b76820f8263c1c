"""What to do when a reply may come from somebody in danger: steps for whoever rings, written down in this one place.

Drawn from public guidance, reviewed on the date below: nhs.uk, "Where to get urgent help for mental health" and "Help
for suicidal thoughts"; Rethink Mental Illness, "Suicidal thoughts - How to support someone" (asking about suicide
does not make it more likely; listen without judging); NICE guideline NG225 (no scales or levels to predict what
somebody will do). Needs local sign-off: a clinician of the service confirms or replaces these steps before anything
goes out to real people.
"""

from collections.abc import Sequence
from datetime import date

REVIEWED_ON = date(2026, 11, 25)

SOURCES = (
    "nhs.uk, Where to get urgent help for mental health and Help for suicidal thoughts",
    "Rethink Mental Illness, Suicidal thoughts: how to support someone",
    "NICE guideline NG225, Self-harm: assessment, management and preventing recurrence",
)

STEPS: Sequence[str] = (
    "Read their words, then the notes on how to reach them safely.",
    "Ring them now. Say who you are, and that you are ringing because of what they wrote. Ask whether they can talk.",
    "Ask plainly: “Are you thinking about ending your life?” Asking does not make it more likely.",
    "If they have done something, are about to, or are not safe: stay on the line, and have a colleague call 999.",
    "Listen. Do not argue and do not promise secrecy. Ask what would help them through tonight and who is there.",
    "Agree what happens next, and who does it by when. Give them the numbers below.",
    "No answer: ring again within 15 minutes. Then do what your local policy says about a welfare check.",
    "Write down what you did. Close this with an outcome, and say whether their messages go on.",
)

FOR_PEER_WORKERS: Sequence[str] = (
    "You are not alone with this. A clinician is being alerted, and closes it.",
    "If you are speaking with them now, stay with them. If somebody may be in danger, call 999.",
    "Ring the duty clinician and tell them what you know.",
)
