"""Reads the template and schedule files, and refuses what is wrong in them by file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from outreach.errors import Fault, LibraryError, TemplateRefusedError
from outreach.rules.cadence import Schedule
from outreach.rules.rendering import check_email, check_text
from outreach.rules.schedule_file import parse_schedule
from outreach.rules.variables import VARIABLES, longest_values
from outreach.rules.wording import Draft, lint, use_of
from outreach.vocabulary import Channel

ANSWERS = tuple(
    f"answers/{name}"
    for name in (
        "callback-late",
        "change-appointment",
        "could-not-reach",
        "crisis-lines",
        "keep-in-touch",
        "opted-in",
        "opted-out",
        "opted-out-of-some",
        "reply-received",
        "reply-received-with-lines",
        "talk-soon",
        "thanks",
        "unmatched",
        "wrong-number",
    )
)
"""What goes back to somebody who wrote."""

GROUPS = tuple(
    f"groups/{name}"
    for name in (
        "called-off",
        "invitation",
        "not-coming",
        "place",
        "place-free",
        "reminder",
        "thank-you",
        "waiting",
    )
)
"""What goes to people about the sessions of co-run groups."""

UNSCHEDULED = (*ANSWERS, *GROUPS)
"""The templates that no schedule names."""

NOTHING: Mapping[str, str] = MappingProxyType({})
ENDINGS = {f".{channel.value}.txt": channel for channel in Channel}


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template as a file holds it; `file` is its place for people to read."""

    key: str
    language: str
    channel: Channel
    source: str
    file: str


@dataclass(frozen=True, slots=True)
class ScheduleFile:
    """One schedule as a file holds it: its text, and what the text says."""

    key: str
    text: str
    schedule: Schedule


def shipped() -> Path:
    """The folder of `templates/`, `schedules/` and the example settings: in the package, or around a checkout."""
    package = Path(__file__).parent
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent


def read_templates(folder: Path) -> list[TemplateFile]:
    """Every `<language>/<key>.<sms|email>.txt` in the folder, by name; LibraryError with every fault."""
    files, faults = _templates(folder)
    if faults:
        raise LibraryError(faults)
    return files


def read_schedules(folder: Path) -> list[ScheduleFile]:
    """Every `<key>.toml` in the folder, by name; LibraryError with every fault."""
    files, faults = _schedules(folder)
    if faults:
        raise LibraryError(faults)
    return files


def check_library(root: Path, service: Mapping[str, str] = NOTHING) -> list[Fault]:
    """Everything wrong in the library under `root`, wording too; `service` holds this installation's own values."""
    templates, faults = _templates(root / "templates")
    schedules, more = _schedules(root / "schedules")
    faults = [*faults, *more, *_missing(root, schedules)]
    for file in templates:
        draft = Draft(file.key, file.language, file.channel, file.source)
        use = use_of(file.key, (each.schedule for each in schedules))
        findings = lint(draft, use, longest_values(file.channel, service, file.language))
        faults += [
            Fault(file.file, each.line, f"column {each.column}: {each.message}")
            for each in findings
            if each.severity == "error"
        ]
    return faults


def _templates(folder: Path) -> tuple[list[TemplateFile], list[Fault]]:
    files: list[TemplateFile] = []
    faults: list[Fault] = []
    for path in _files(folder):
        if path.suffix == ".md":
            continue
        try:
            files.append(_template(folder, path))
        except LibraryError as fault:
            faults += fault.faults
    return files, faults if files or faults else [Fault(str(folder), 1, "there are no templates here")]


def _template(folder: Path, path: Path) -> TemplateFile:
    place = _place(folder, path)
    language, _, name = path.relative_to(folder).as_posix().partition("/")
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), None)
    if ending is None or name == ending:
        what = (
            "a template is <language>/<key>.sms.txt or <language>/<key>.email.txt; rename or remove this file"
        )
        raise LibraryError([Fault(place, 1, what)])
    file = TemplateFile(name.removesuffix(ending), language, ENDINGS[ending], _text(place, path), place)
    check = check_text if file.channel is Channel.SMS else check_email
    try:
        check(file.source, frozenset(VARIABLES))
    except TemplateRefusedError as fault:
        raise LibraryError([Fault(place, fault.line, f"column {fault.column}: {fault.what}")]) from None
    return file


def _schedules(folder: Path) -> tuple[list[ScheduleFile], list[Fault]]:
    files: list[ScheduleFile] = []
    faults: list[Fault] = []
    for path in _files(folder):
        try:
            files.append(_schedule(folder, path))
        except LibraryError as fault:
            faults += fault.faults
    return files, faults if files or faults else [Fault(str(folder), 1, "there are no schedules here")]


def _schedule(folder: Path, path: Path) -> ScheduleFile:
    place = _place(folder, path)
    if path.suffix != ".toml":
        raise LibraryError([Fault(place, 1, "a schedule is <key>.toml; rename or remove this file")])
    text = _text(place, path)
    return ScheduleFile(path.stem, text, parse_schedule(text, place))


def _missing(root: Path, schedules: Iterable[ScheduleFile]) -> Iterator[Fault]:
    """Each template that a step or an answer needs and that English lacks, as text or as email."""
    for file in schedules:
        for key in dict.fromkeys(key for step in file.schedule.steps for key in step.templates):
            line = next((n for n, text in enumerate(file.text.splitlines(), 1) if f'"{key}"' in text), 1)
            yield from _lacking(root, f"schedules/{file.key}.toml", line, key)
    for key in UNSCHEDULED:
        yield from _lacking(root, "templates/en", 1, key)


def _lacking(root: Path, place: str, line: int, key: str) -> Iterator[Fault]:
    for ending in ENDINGS:
        if not (root / "templates" / "en" / f"{key}{ending}").is_file():
            yield Fault(place, line, f"there is no template {key}; write templates/en/{key}{ending}")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _place(folder: Path, path: Path) -> str:
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def _text(place: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError([Fault(place, 1, f"cannot be read as UTF-8: {error}")]) from error
