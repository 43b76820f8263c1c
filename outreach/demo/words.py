"""What made-up people write back, and what staff note: ordinary words, so that the demo reads like the work."""

CALM = (
    "Thank you, it helps to hear from you",
    "Thanks x",
    "ok thank you",
    "Cheers, appreciated",
    "Thanks. Didn't expect a message, it made my day a bit lighter",
    "Ta",
    "👍",
)
FREE = (
    "Not a great week if I'm honest. Sleep is all over the place",
    "Still here, still waiting. Some days are better than others",
    "Saw the bit about the walking group, I might give it a try",
    "Mornings are hard for me at the moment",
    "My mum has been in hospital, it is a lot",
    "Do I need to bring anything?",
    "i dont know what to say really but thanks for asking",
    "Been better, been worse",
    "is the waiting list going down at all",
)
TALK = (
    "TALK",
    "could someone give me a ring please",
    "I'd like to talk to somebody if thats ok",
    "Can someone call me after 2?",
    "yes I would like a chat with a peer worker please",
)
CHANGE = (
    "LATER",
    "I can't make that day, can I have another appointment please",
    "need to change my appointment, I work mornings",
)
STOP = ("STOP", "please stop texting me", "Stop please, I get too many messages")
ELSEWHERE = (
    "wrong number mate",
    "I think you have the wrong person",
)
OTHER_LANGUAGES = {
    "pl": "Dziękuję, czekam dalej i jakoś sobie radzę",
    "ur": "شکریہ، آپ کا پیغام ملا",
    "ro": "Mulțumesc, mă bucur că mi-ați scris",
    "pt": "Obrigado pela mensagem, continuo à espera",
    "ar": "شكرا على رسالتكم",
    "tr": "Teşekkür ederim, beklemeye devam ediyorum",
}
CRISIS_BEFORE = "honestly I just want to disappear, I can't cope any more"
CRISIS = "I don't think I can keep doing this. What is the point of being here"
UNREAD = "Still waiting. Thank you for the message though, I read it twice"
OTHER_TIME = "Sorry, I can't make that day, could I have another appointment please"
TALK_AGAIN = "can i talk to someone again please, last time helped"
STOP_PLEASE = "please stop texting me, a letter is fine"
UNKNOWN = "hi is this about my appointment? new phone, same me"
UNKNOWN_NUMBER = "+447700900989"
PRACTICE = "Hi, could someone give me a ring please? Any afternoon is fine"

DRAFT = (
    "Hello {{ name }}. Just to say that you are not forgotten. You do not need to answer. To talk to a peer worker, "
    "reply TALK or ring {{ phone }}.\n{{ crisis_lines }}\n{{ text_name }}"
)
"""New words by the lead that nobody has approved yet."""

LIKELY = ((46, CALM), (26, FREE), (12, TALK), (6, CHANGE), (4, STOP), (1, ELSEWHERE))
"""How many of a hundred people who answer write something of this kind; the others use their own language."""

AT_EASE = ((46, CALM), (26, FREE))
"""The practice person neither stops nor changes anything: that is left to whoever tries the demo."""

TALKED = (
    "talked for 20 minutes; glad of the call",
    "talked; would like to come to the Wednesday group",
    "talked about the wait and what helps; will write if things change",
    "talked; asked for a call in a month",
)
SAFE = "spoke with them the same day; safety plan agreed, GP told"
SETTLED = "done; the person was told"
