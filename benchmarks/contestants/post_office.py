"""django-post-office on queued emails that are put into words on delivery: `post_office COUNT PROCESSES`."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings

from benchmarks.contestants.turn import tell, wait_for_go

WORDS = "Hello {{ name }}, this is the waiting list team. We have not forgotten you. " * 8


def _set_up(count):
    path = Path(os.environ["RIVAL_DATABASE"])
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(path),
                "OPTIONS": {
                    "timeout": 30,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                },
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates"},
            {"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates", "APP_DIRS": True},
        ],
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(os.environ["RIVAL_SMTP"]),
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "BATCH_SIZE": count,
            "THREADS_PER_PROCESS": 5,
            "LOG_LEVEL": 0,
            "SENDING_ORDER": ["id"],
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="nothing",
        USE_TZ=True,
    )
    django.setup()


def main():
    """Queue them, then send what is queued."""
    count, processes = (int(word) for word in sys.argv[1:])
    _set_up(count)
    from django.core.management import call_command  # noqa: PLC0415 - wants settings first
    from post_office import mail  # noqa: PLC0415 - wants settings first
    from post_office.models import STATUS, Email, EmailTemplate  # noqa: PLC0415 - wants settings first

    call_command("migrate", verbosity=0)
    template = EmailTemplate.objects.create(
        name="first", subject="Hello {{ name }}", content=WORDS, html_content=f"<p>{WORDS}</p>"
    )
    mail.send_many(
        [
            {
                "sender": "us@example.org",
                "recipients": [f"person{number}@example.org"],
                "template": template,
                "context": {"name": f"Person{number}"},
                "render_on_delivery": True,
            }
            for number in range(count)
        ]
    )
    wait_for_go()
    call_command("send_queued_mail", processes=processes, log_level=0, verbosity=0)
    tell(accepted=Email.objects.filter(status=STATUS.sent).count())


if __name__ == "__main__":
    main()
