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

TRANSLATED: Mapping[str, Mapping[Channel, str]] = MappingProxyType(
    {
        "ar": {
            Channel.SMS: (
                "خطر على الحياة الآن: 999. مساعدة عاجلة: NHS 111 ثم الخيار 2. من يستمع إليك: Samaritans 116 123. "
                "أو رسالة نصية بكلمة SHOUT إلى 85258."
            ),
            Channel.EMAIL: (
                "إذا كنت بحاجة إلى المساعدة الآن، فهذه الخطوط مجانية ومفتوحة ليلًا ونهارًا:\n"
                "\n"
                "- إذا كانت حياتك في خطر: الاتصال بالرقم 999.\n"
                "- لمساعدة عاجلة عندما تسوء حالتك النفسية: الاتصال بخدمة NHS 111 واختيار الرقم 2.\n"
                "- للحديث مع شخص يستمع إليك: الاتصال بجمعية Samaritans على الرقم 116 123.\n"
                "- للتواصل كتابةً: إرسال كلمة SHOUT في رسالة نصية إلى 85258."
            ),
        },
        "pl": {
            Channel.SMS: (
                "Zagrożenie życia: 999. Pilna pomoc: NHS 111, opcja 2. Samaritans: 116 123. "
                "Albo SMS o treści SHOUT na 85258."
            ),
            Channel.EMAIL: (
                "Jeśli potrzebujesz pomocy teraz, te numery są czynne dniem i nocą, bezpłatnie:\n"
                "\n"
                "- Jeśli Twoje życie jest zagrożone, zadzwoń pod 999.\n"
                "- Jeśli czujesz się bardzo źle i potrzebujesz pilnej pomocy, zadzwoń pod NHS 111, opcja 2.\n"
                "- Jeśli chcesz porozmawiać z kimś, kto wysłucha, zadzwoń do Samaritans: 116 123.\n"
                "- Jeśli wolisz pisać, wyślij SMS o treści SHOUT na numer 85258."
            ),
        },
        "so": {
            Channel.SMS: (
                "Khatar hadda: 999. Caawimaad degdeg ah: NHS 111, dooro 2. Samaritans: 116 123. "
                "Ama SHOUT ugu qor 85258."
            ),
            Channel.EMAIL: (
                "Haddii aad hadda caawimaad u baahan tahay, kuwani waa furan yihiin habeen iyo maalin, "
                "waana bilaash:\n"
                "\n"
                "- Haddii noloshaadu khatar ku jirto, wac 999.\n"
                "- Haddii aad si degdeg ah caawimaad ugu baahan tahay sida aad dareemayso, wac NHS 111 oo dooro 2.\n"
                "- Haddii aad rabto inaad la hadasho qof ku dhegaysta, Samaritans ka wac 116 123.\n"
                "- Haddii aad doorbidayso inaad qorto, SHOUT fariin ahaan ugu dir 85258."
            ),
        },
        "ur": {
            Channel.SMS: (
                "جان کو خطرہ ہو تو: 999۔ فوری مدد: NHS 111، پھر 2۔ بات سننے والے: Samaritans 116 123۔ "
                "یا SHOUT لکھ کر 85258 پر ٹیکسٹ کریں۔"
            ),
            Channel.EMAIL: (
                "اگر آپ کو ابھی مدد چاہیے تو یہ نمبر دن رات کھلے ہیں اور مفت ہیں:\n"
                "\n"
                "- اگر آپ کی جان کو خطرہ ہو تو 999 پر فون کریں۔\n"
                "- اگر آپ بہت برا محسوس کر رہے ہوں اور فوری مدد چاہیے تو NHS 111 پر فون کریں اور 2 دبائیں۔\n"
                "- اگر کسی ایسے شخص سے بات کرنی ہو جو آپ کی بات سنے تو Samaritans کو 116 123 پر فون کریں۔\n"
                "- اگر لکھ کر بات کرنی ہو تو SHOUT لکھ کر 85258 پر ٹیکسٹ کریں۔"
            ),
        },
    }
)
"""The same lines for translated messages: machine drafts that whoever approves a translation reads in its preview."""


def crisis_lines_in(language: str, channel: Channel) -> str:
    """The lines in this language (BCP 47); in English where there are none, since the numbers matter most."""
    return TRANSLATED.get(language.partition("-")[0].lower(), CRISIS_LINES)[channel]
