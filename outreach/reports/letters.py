"""Letters as one page to print, one sheet each, and as a table for a print service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from outreach.models import Letter
from outreach.reports.document import Table, as_csv
from outreach.reports.paper import print_page
from outreach.rules.email_body import email_body
from outreach.rules.rendering import text_direction
from outreach.rules.spans import day_in_words
from outreach.sealing import Keyring

PAGES = Path(__file__).parent / "pages"
COLUMNS = ("Letter", *(f"Address {n}" for n in range(1, 8)), "Language", "Large print", "Subject", "Text")
MOST_LINES = 7


@dataclass(frozen=True, slots=True)
class Sheet:
    """One letter as it is printed; `body` is HTML from our own words, cleaned."""

    letter_id: str
    address: tuple[str, ...]
    subject: str
    text: str
    language: str
    large_print: bool

    @property
    def body(self) -> Markup:
        """The words as HTML."""
        return Markup(email_body(self.text))  # noqa: S704 - cleaned there

    @property
    def direction(self) -> str:
        """Which way its language is written."""
        return text_direction(self.language)


def sheets(letters: Sequence[Letter], keyring: Keyring) -> list[Sheet]:
    """These letters, opened; any that did not go after all is left out."""
    return [
        Sheet(row.id, *row.opened(keyring), language=row.language or "en", large_print=row.large_print)
        for row in letters
        if row.undone_at is None and row.body is not None
    ]


def styles() -> str:
    """How letters look, on paper and before."""
    return (PAGES / "letters.css").read_text(encoding="utf-8")


def letters_page(found: Sequence[Sheet], on: date, sender: tuple[str, str], stylesheet: str = "") -> str:
    """One HTML page, a letter a sheet; `sender` is name and phone. Without a style sheet to link to, it has one."""
    environment = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    name, phone = sender
    return environment.get_template("letters.html").render(
        sheets=found,
        on=day_in_words(on),
        name=name,
        phone=phone,
        stylesheet=stylesheet,
        css=Markup("" if stylesheet else styles()),  # noqa: S704 - our own style sheet
    )


def letters_csv(found: Sequence[Sheet]) -> str:
    """The same for a print service, a row each; no cell can be run as a formula by a spreadsheet."""
    rows = [
        (
            each.letter_id,
            *[*each.address[: MOST_LINES - 1], ", ".join(each.address[MOST_LINES - 1 :]), *[""] * MOST_LINES][
                :MOST_LINES
            ],
            each.language,
            "yes" if each.large_print else "no",
            each.subject,
            each.text,
        )
        for each in found
    ]
    return as_csv(Table("letters", "Letters", COLUMNS, rows))


def write_letters(found: Sequence[Sheet], on: date, sender: tuple[str, str], folder: Path) -> list[Path]:
    """Write page, CSV and, where there is a browser, one PDF, readable by nobody else; returns what was written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    page, table, pdf = (folder / f"letters.{kind}" for kind in ("html", "csv", "pdf"))
    page.write_text(letters_page(found, on, sender), encoding="utf-8")
    table.write_text(letters_csv(found), encoding="utf-8-sig", newline="")
    written = [page, table, pdf] if print_page(page, pdf) else [page, table]
    for path in written:
        path.chmod(0o600)
    return written
