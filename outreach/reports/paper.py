"""The review as a page that prints well, as PDF through an installed browser, and as files in a folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from outreach.reports.document import as_csv
from outreach.reports.review import Review
from outreach.rules.spans import day_in_words

PAGES = Path(__file__).parent / "pages"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PRINTING_SECONDS = 60


def _figure(value: float) -> str:
    return f"{value:,}".replace("-", "\N{MINUS SIGN}")


def _pages() -> Environment:
    pages = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    pages.filters |= {"figure": _figure, "day": day_in_words}
    return pages


def body_of(review: Review) -> Markup:
    """The review as HTML to go inside another page."""
    return Markup(_pages().get_template("body.html").render(review=review))  # noqa: S704 - our own page, escaped


def page_of(review: Review) -> str:
    """The review as one HTML page that needs nothing else."""
    css = Markup(styles())  # noqa: S704 - our own style sheet
    return _pages().get_template("review.html").render(review=review, css=css)


def styles() -> str:
    """The style sheet of the review."""
    return (PAGES / "review.css").read_text(encoding="utf-8")


def write_files(review: Review, folder: Path) -> list[Path]:
    """Write the page and every table as CSV, and the PDF where there is a browser; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "review.html"
    page.write_text(page_of(review), encoding="utf-8")
    written = [page]
    for table in review.tables:
        path = folder / f"{table.key}.csv"
        path.write_text(
            as_csv(table), encoding="utf-8-sig", newline=""
        )  # the mark tells spreadsheets the encoding
        written.append(path)
    pdf = folder / "review.pdf"
    return [*written, pdf] if print_page(page, pdf) else written


def installed_browser(names: Sequence[str] = BROWSERS) -> str | None:
    """The program of the first browser that is installed and can print to a file."""
    return next((found for name in names if (found := shutil.which(name))), None)


def print_page(page: Path, pdf: Path, browser: str | None = None) -> bool:
    """Print a page of ours to a file, without any network; False where no browser could."""
    program = browser or installed_browser()
    if program is None:
        return False
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf.absolute()}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            page.absolute().as_uri(),
        ]
        pdf.unlink(missing_ok=True)
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=PRINTING_SECONDS)  # noqa: S603 - our own
        except (OSError, subprocess.TimeoutExpired):
            return False
    return pdf.exists()
