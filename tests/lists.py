"""Small waiting lists as files, the way a local system exports them."""

import csv
import io

OURS = ("referral_id", "given_name", "family_name", "mobile", "referred_on", "ethnicity", "safe_to_text")
AMINA = ("R-1", "Amina", "Example", "07700 900001", "2026-02-02", "A", "yes")
BEN = ("R-2", "Ben", "Example", "07700 900002", "2026-02-03", "B", "no")
NO_DATE = ("R-3", "Cal", "Example", "07700 900003", "soon", "A", "yes")


def csv_file(*rows: tuple[str, ...], headers: tuple[str, ...] = OURS) -> bytes:
    """A CSV file with these rows."""
    file = io.StringIO()
    csv.writer(file).writerows([headers, *rows])
    return file.getvalue().encode()
