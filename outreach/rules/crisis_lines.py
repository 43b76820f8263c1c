"""The crisis lines that messages carry, written down in this one place.

Sources, reviewed on the date below: nhs.uk, "Where to get urgent help for mental health" (NHS 111, option 2;
999 when life is at risk; text SHOUT to 85258); samaritans.org, "Contact Samaritans" (116 123, free, day and night).
Needs local sign-off: a clinician of the service compares them with local crisis numbers before anything goes out.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from outreach.vocabulary import Channel

REVIEWED_ON = date(2026, 11, 24)

CRISIS_LINES: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.SMS: (
            "In danger now: 999. Urgent help: NHS 111, option 2. Samaritans: 116 123. Or text SHOUT to 85258."
        ),
        Channel.EMAIL: (
            "If you need help now, these are open day and night, and free:\n"
            "\n"
            "- If your life is in danger, call 999.\n"
            "- For urgent help with how you feel, call NHS 111 and choose option 2.\n"
            "- To talk to someone who will listen, call Samaritans on 116 123.\n"
            "- To text with someone, text SHOUT to 85258."
        ),
    }
)
"""`{{ crisis_lines }}` by channel: one short sentence each for texts, a list for emails."""
