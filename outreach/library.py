"""Reads the schedule and template files that come with the program; refuses a bad one by file and line."""

from dataclasses import dataclass
from pathlib import Path

from outreach.errors import Fault, LibraryError, TemplateRefusedError
from outreach.rules.cadence import Schedule
from outreach.rules.rendering import compile_email, compile_text
from outreach.rules.schedule_file import parse_schedule
from outreach.rules.variables import VARIABLES
from outreach.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class ScheduleFile:
    """One schedule file: its key is its name without the ending."""

    key: str
    text: str
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template file, `<language>/<key>.<channel>.txt`; `file` is its name for messages."""

    key: str
    language: str
    channel: Channel
    source: str
    file: str


def shipped() -> Path:
    """The folder that holds schedules/, templates/ and config.example.toml."""
    package = Path(__file__).parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent


def read_schedules(folder: Path) -> list[ScheduleFile]:
    """Every schedule of the folder, by name; LibraryError names every fault in every file."""
    files, faults = [], []
    for path in sorted(folder.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        try:
            files.append(ScheduleFile(path.stem, text, parse_schedule(text, f"schedules/{path.name}")))
        except LibraryError as fault:
            faults += fault.faults
    if faults:
        raise LibraryError(faults)
    return files


def read_templates(folder: Path) -> list[TemplateFile]:
    """Every template of the folder, by name; LibraryError names every fault in every file."""
    files, faults = [], []
    for path in sorted(folder.glob("*/**/*.txt")):
        name = path.relative_to(folder.parent).as_posix()
        language, _, rest = path.relative_to(folder).as_posix().partition("/")
        key, _, ending = rest.removesuffix(".txt").rpartition(".")
        if ending not in set(Channel) or not key:
            faults.append(Fault(name, 1, "name it <key>.sms.txt or <key>.email.txt"))
            continue
        file = TemplateFile(key, language, Channel(ending), path.read_text(encoding="utf-8"), name)
        faults += _faults_of(file)
        files.append(file)
    if faults:
        raise LibraryError(faults)
    return files


def _faults_of(file: TemplateFile) -> list[Fault]:
    compile_source = compile_email if file.channel is Channel.EMAIL else compile_text
    try:
        compile_source(file.source, frozenset(VARIABLES))
    except TemplateRefusedError as fault:
        return [Fault(file.file, fault.line, f"column {fault.column}: {fault.what}")]
    return []


def check_library(folder: Path) -> list[Fault]:
    """Every fault in the folder's schedules and templates, a step without its templates included."""
    try:
        schedules, templates = read_schedules(folder / "schedules"), read_templates(folder / "templates")
    except LibraryError as fault:
        return fault.faults
    known = {(file.key, file.channel) for file in templates if file.language == "en"}
    return [
        Fault(
            f"schedules/{file.key}.toml",
            1,
            f"step {step.key}: templates/en/{key}.{channel.value}.txt is missing",
        )
        for file in schedules
        for step in file.schedule.steps
        for key in step.templates
        for channel in Channel
        if (key, channel) not in known
    ]
