"""Files are read with their faults named by file and line, and the shipped library has none."""

import shutil
from pathlib import Path

import pytest

from outreach.errors import LibraryError
from outreach.library import UNSCHEDULED, check_library, read_schedules, read_templates, shipped
from outreach.vocabulary import Channel


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of what we ship in English, to break."""
    for folder in ("templates/en", "schedules"):
        shutil.copytree(shipped() / folder, tmp_path / folder)
    return tmp_path


def said(library: Path) -> list[str]:
    return [str(fault) for fault in check_library(library)]


def test_the_shipped_library_has_no_fault() -> None:
    assert said(shipped()) == []


def test_a_template_file_is_known_by_language_key_and_channel() -> None:
    files = {
        (file.language, file.key, file.channel): file for file in read_templates(shipped() / "templates")
    }
    missed = files["en", "before-assessment/missed", Channel.SMS]
    assert missed.file == "templates/en/before-assessment/missed.sms.txt"
    assert missed.source.startswith("{{ text_name }}: We missed you")
    assert files["en", "answers/thanks", Channel.EMAIL].source.startswith("Subject: Thank you\n\n")


def test_everything_that_is_sent_is_there_as_text_and_email() -> None:
    there = {(file.key, file.channel) for file in read_templates(shipped() / "templates")}
    wanted = {
        key
        for file in read_schedules(shipped() / "schedules")
        for step in file.schedule.steps
        for key in step.templates
    }
    assert there == {(key, channel) for key in wanted | set(UNSCHEDULED) for channel in Channel}


def test_a_schedule_file_keeps_its_text_beside_its_meaning() -> None:
    for file in read_schedules(shipped() / "schedules"):
        assert file.schedule.key == file.key
        assert file.schedule.title in file.text


def test_every_fault_in_every_file_is_named_by_file_and_line(library: Path) -> None:
    (library / "templates/en/answers/thanks.sms.txt").write_text("Hello\n{{ nmae }}")
    (library / "templates/en/answers/thanks.email.txt").write_text("Hello")
    (library / "templates/en/notes.doc").write_text("a")
    (library / "templates/en/answers/talk-soon.sms.txt").write_bytes(b"caf\xe9")
    with pytest.raises(LibraryError) as refusal:
        read_templates(library / "templates")
    places = [(fault.file, fault.line) for fault in refusal.value.faults]
    assert places == [
        ("templates/en/answers/talk-soon.sms.txt", 1),
        ("templates/en/answers/thanks.email.txt", 1),
        ("templates/en/answers/thanks.sms.txt", 2),
        ("templates/en/notes.doc", 1),
    ]
    assert "column 4: there is no variable nmae" in str(refusal.value)


def test_a_broken_schedule_is_named_by_file_and_line(library: Path) -> None:
    path = library / "schedules/before-assessment.toml"
    path.write_text(path.read_text().replace('anchor = "referred"', 'anchor = "birthday"', 1))
    (library / "schedules/readme.txt").write_text("a")
    with pytest.raises(LibraryError) as refusal:
        read_schedules(library / "schedules")
    assert [fault.file for fault in refusal.value.faults] == [
        "schedules/before-assessment.toml",
        "schedules/readme.txt",
    ]
    assert refusal.value.faults[0].line == 8


def test_a_step_whose_template_is_missing_is_named_where_it_stands(library: Path) -> None:
    (library / "templates/en/before-assessment/missed.email.txt").unlink()
    line = (
        (library / "schedules/before-assessment.toml")
        .read_text()
        .splitlines()
        .index('template = "before-assessment/missed"')
    )
    assert said(library) == [
        f"schedules/before-assessment.toml:{line + 1}: there is no template before-assessment/missed; "
        "write templates/en/before-assessment/missed.email.txt"
    ]


def test_a_missing_answer_is_a_fault(library: Path) -> None:
    (library / "templates/en/answers/crisis-lines.sms.txt").unlink()
    assert said(library) == [
        "templates/en:1: there is no template answers/crisis-lines; write templates/en/answers/crisis-lines.sms.txt"
    ]


def test_words_that_the_linter_refuses_are_faults_too(library: Path) -> None:
    path = library / "templates/en/answers/thanks.sms.txt"
    path.write_text(path.read_text() + "\nDon't worry.")
    assert said(library) == [
        "templates/en/answers/thanks.sms.txt:3: column 1: “Don't worry”: nobody stops worrying when told to; "
        "say what happens next"
    ]


def test_the_services_own_names_are_checked_with_the_words(library: Path) -> None:
    faults = check_library(library, {"text_name": "Northside Psychotherapy"})
    assert len({fault.file for fault in faults}) >= 40


def test_an_empty_library_is_a_fault_and_not_a_quiet_service(tmp_path: Path) -> None:
    for folder, read in (("templates", read_templates), ("schedules", read_schedules)):
        (tmp_path / folder).mkdir()
        with pytest.raises(LibraryError, match=f"there are no {folder} here"):
            read(tmp_path / folder)


def test_a_translation_stands_in_a_folder_of_its_language(library: Path) -> None:
    polish = library / "templates/pl/answers/thanks.sms.txt"
    polish.parent.mkdir(parents=True)
    polish.write_text("{{ text_name }}: Dzien dobry. {{ phone }}")
    files = read_templates(library / "templates")
    assert [file.key for file in files if file.language == "pl"] == ["answers/thanks"]
    assert said(library) == []
