"""Reads the survey files: those that come with Outreach, or a folder of the service's own."""

from pathlib import Path

from outreach.errors import Fault, LibraryError
from outreach.library import shipped
from outreach.rules.survey_file import Survey, parse_survey


def surveys_folder(own: Path | None) -> Path:
    """The folder that settings name, else the one that comes with Outreach."""
    return own or shipped() / "surveys"


def read_surveys(folder: Path) -> dict[str, Survey]:
    """Every `<key>.toml` in the folder by its key; LibraryError with every fault."""
    surveys: dict[str, Survey] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            surveys[path.stem] = _survey(path)
        except LibraryError as fault:
            faults += fault.faults
    if not surveys and not faults:
        faults.append(Fault(str(folder), 1, "there are no surveys here"))
    if faults:
        raise LibraryError(faults)
    return surveys


def _survey(path: Path) -> Survey:
    place = f"{path.parent.name}/{path.name}"
    try:
        return parse_survey(path.read_text(encoding="utf-8-sig"), place)
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError([Fault(place, 1, f"cannot be read as UTF-8: {error}")]) from error
