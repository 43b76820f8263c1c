"""How every figure is defined, where the definition comes from, and what the figures cannot say."""

from outreach.rules.rates import Definition
from outreach.vocabulary import Attendance


def definitions(definition: Definition) -> list[tuple[str, str]]:
    """(what, how it is counted) for everything in the review."""
    return [
        (
            "Missed appointments (DNA rate)",
            f"By NHS attendance codes: {definition.in_words()}. {_on_too_late(definition)} Cancellations (2 and "
            "4) are shown apart. NHS Data Dictionary, ATTENDED OR DID NOT ATTEND CODE.",
        ),
        (
            "Ranges",
            "95% intervals. One rate: Wilson 1927. A difference: Newcombe 1998, method 10. A relative risk: "
            "Katz 1978, left out where nobody was missed or everybody was.",
        ),
        (
            "Run charts",
            "XmR charts by the rules of NHS England's Making Data Count: limits are the average plus and minus "
            "2.66 mean moving ranges. More than chance: a point beyond a limit; 7 points in a row on one side "
            "of the average; 7 points in a row that only rise or only fall; 2 of 3 in a row near a limit, all "
            "three on its side. As in NHSRplotthedots, moving ranges of 3.267 times their mean or more are left "
            "out where the setting says so. Months are pooled by calendar quarter where one of them has fewer "
            "than 20 appointments.",
        ),
        (
            "Small counts",
            "Counts from 1 to 7 are hidden in tables by group and in everything exported, and with them as much "
            "as it takes that they cannot be worked out. The team's own charts show every count.",
        ),
        (
            "Left while waiting",
            "Referrals closed before a first session of treatment took place, of all that were waiting on some "
            "day of the period. People who died are not counted as having left.",
        ),
        (
            "Reach",
            "Living people whose referral was open on some day of the period. A message counts as arrived when "
            "its provider says so, or took it and never gave it back. Answers and alerts do not count as "
            "messages.",
        ),
        (
            "Peer support",
            "Calls asked for in the period. In time: somebody rang by the time that the person was promised. "
            "Hours are the peer workers' weekly hours without leave and bank holidays.",
        ),
        (
            "Comparisons by lot",
            "Off unless somebody turned one on. Appointments count where the lot put their person, whatever was "
            "sent. With a stepped start, people are compared within the same weeks only (Mantel and Haenszel; "
            "interval by Greenland and Robins 1985), until the last cohort has begun.",
        ),
        (
            "What people say",
            "Friends and Family Test by NHS England’s guidance of 2019: good is very good and good, poor is poor and "
            "very poor, of all answers, “don’t know” among them. Answers from pages and from paper are kept apart "
            "from people, by month only. Groups are what people said of themselves on the form, if they wished.",
        ),
        (
            "Ethnicity",
            "NHS ethnic category codes 2001 as on the waiting list. Z (not stated), 99 (not known) and no code "
            "are kept apart.",
        ),
    ]


def _on_too_late(definition: Definition) -> str:
    if Attendance.TOO_LATE_TO_BE_SEEN in definition.missed:
        return "Code 7 (came too late to be seen) counts as missed here."
    if Attendance.TOO_LATE_TO_BE_SEEN in definition.attended:
        return "Code 7 (came too late to be seen) counts as attended here."
    return "Code 7 (came too late to be seen) is left out here."


LIMITS = (
    "A change after a date is not proof that the date brought it: seasons, staffing and who is referred change too.",
    "Many figures are looked at once. One in twenty ranges misses the truth by chance alone.",
    "Groups differ in more than ethnicity or language. A gap says where to look, not why it is there.",
    "The figures are as good as the waiting list: a code that comes late or never changes them.",
    "Hidden and small groups are people too. Ask them; do not wait for numbers.",
)
