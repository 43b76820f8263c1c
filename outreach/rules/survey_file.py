"""Reads the text of a survey file: questions, answers and languages; every fault is named by its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from outreach.errors import Fault, LibraryError
from outreach.rules.rendering import text_direction

ENGLISH = "en"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SYNTAX_LINE = re.compile(r"line (\d+)")
OF_SURVEY = ("name", "open", "questions", "words")
OF_QUESTION = ("key", "kind", "answers", "good", "poor")
OF_WORDS = ("checked_by", "title", "intro")


class QuestionKind(StrEnum):
    """What is asked for: one of some answers, words of one's own, or a group to count the first answers by."""

    CHOICE = "choice"
    WORDS = "words"
    ABOUT_YOU = "about_you"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `good` and `poor` are the answers that a report counts as such."""

    key: str
    kind: QuestionKind
    answers: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    poor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SurveyWords:
    """A survey in one language; `checked_by` is blank while no native speaker has read it."""

    language: str
    checked_by: str
    title: str
    intro: str
    asks: Mapping[str, Mapping[str, str]]

    @property
    def direction(self) -> str:
        """Which way it is written: ltr or rtl."""
        return text_direction(self.language)

    def ask(self, question: str) -> str:
        """The words of a question."""
        return self.asks[question]["ask"]

    def answer(self, question: str, answer: str) -> str:
        """The words of one of its answers."""
        return self.asks[question][answer]


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey. An open one has an address that anybody may use; others are reached by a signed link."""

    key: str
    name: str
    is_open: bool
    questions: tuple[Question, ...]
    words: Mapping[str, SurveyWords]

    @property
    def first(self) -> Question:
        """The question that others are read beside."""
        return self.questions[0]

    def of_kind(self, kind: QuestionKind) -> list[Question]:
        """Its questions of one kind, in order."""
        return [question for question in self.questions if question.kind is kind]

    def words_in(self, language: str) -> SurveyWords:
        """In this language, else its base language, else English."""
        known = self.words
        return known.get(language) or known.get(language.partition("-")[0]) or known[ENGLISH]


def parse_survey(text: str, file: str) -> Survey:
    """The survey in this text, its key the file's name; LibraryError with every fault otherwise."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        place = SYNTAX_LINE.search(str(fault))
        line = int(place[1]) if place else max(len(text.splitlines()), 1)
        raise LibraryError([Fault(file, line, f"not TOML: {fault}")]) from None
    reader = _Reader(text, file)
    survey = reader.survey(tables)
    if reader.faults:
        raise LibraryError(sorted(reader.faults, key=lambda fault: (fault.line, fault.what)))
    return survey


class _Reader:
    """Collects faults while it reads, so that one run names them all."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self._lines = text.splitlines()

    def survey(self, tables: dict[str, Any]) -> Survey:
        self._only(tables, OF_SURVEY, "a survey", 1)
        if not isinstance(tables.get("open", False), bool):
            self._fault(self._line("open"), "open is true or false")
        questions = [
            self._question(table, number) for number, table in enumerate(self._list(tables, "questions"))
        ]
        self._fits(questions)
        words = tables.get("words")
        if not isinstance(words, dict) or ENGLISH not in words:
            self._fault(1, "there are no English words; write [words.en] with title and intro")
            words = {}
        spoken = {tag: self._words(tag, table, questions) for tag, table in words.items()}
        return Survey(
            PurePath(self.file).stem,
            self._text(tables, "name", 1, 'write name = "Friends and Family Test"'),
            tables.get("open") is True,
            tuple(questions),
            spoken,
        )

    def _list(self, tables: dict[str, Any], name: str) -> list[Any]:
        found = tables.get(name)
        if isinstance(found, list) and found and all(isinstance(each, dict) for each in found):
            return found
        self._fault(1, "there are no questions; begin each with [[questions]]")
        return []

    def _question(self, table: dict[str, Any], number: int) -> Question:
        line = self._nth("[[questions]]", number)
        self._only(table, OF_QUESTION, "a question", line)
        key = table.get("key")
        if not isinstance(key, str) or not NAME.fullmatch(key) or key in OF_WORDS:
            self._fault(line, 'key is missing or not a short name such as "overall"')
            key = f"question-{number}"
        try:
            kind = QuestionKind(table.get("kind", ""))
        except ValueError:
            self._fault(line, f"kind is one of {', '.join(QuestionKind)}")
            kind = QuestionKind.WORDS
        return Question(key, kind, *(self._names(table, name, line) for name in OF_QUESTION[2:]))

    def _names(self, table: dict[str, Any], name: str, line: int) -> tuple[str, ...]:
        found = table.get(name, [])
        are_names = isinstance(found, list) and all(
            isinstance(each, str) and NAME.fullmatch(each) and each != "ask" for each in found
        )
        if are_names and len(set(found)) == len(found):
            return tuple(found)
        self._fault(line, f'{name} is a list of short names, each once, such as ["very_good", "good"]')
        return ()

    def _fits(self, questions: Sequence[Question]) -> None:
        """The questions go together."""
        if questions and questions[0].kind is not QuestionKind.CHOICE:
            self._fault(self._nth("[[questions]]", 0), 'the first question is of kind "choice"')
        for number, question in enumerate(questions):
            line = self._nth("[[questions]]", number)
            if question.key in {other.key for other in questions[:number]}:
                self._fault(line, f'the key "{question.key}" is used twice')
            if (question.kind is QuestionKind.WORDS) == bool(question.answers):
                self._fault(line, "a choice lists its answers; a question for words has none")
            if strange := {*question.good, *question.poor} - set(question.answers):
                self._fault(line, f'"{min(strange)}" is not one of the answers')

    def _words(self, tag: str, table: Any, questions: Sequence[Question]) -> SurveyWords:
        line = self._line(f"[words.{tag}]")
        if not isinstance(table, dict):
            self._fault(line, f"words.{tag} must be a table")
            table = {}
        self._only(table, (*OF_WORDS, *(question.key for question in questions)), f"words.{tag}", line)
        return SurveyWords(
            tag,
            str(table.get("checked_by", "")),
            self._text(table, "title", line, "write what the page is called"),
            self._text(table, "intro", line, "write why it is asked"),
            {question.key: dict(self._asked(tag, table, question)) for question in questions},
        )

    def _asked(self, tag: str, table: dict[str, Any], question: Question) -> Iterator[tuple[str, str]]:
        line = self._line(f"[words.{tag}.{question.key}]")
        found = table.get(question.key)
        if not isinstance(found, dict):
            self._fault(line, f"[words.{tag}.{question.key}] is missing")
            return
        self._only(found, ("ask", *question.answers), f"words.{tag}.{question.key}", line)
        for name in ("ask", *question.answers):
            yield name, self._text(found, name, line, f"write its words in {tag}")

    def _text(self, table: dict[str, Any], name: str, line: int, fix: str) -> str:
        found = table.get(name)
        if isinstance(found, str) and found.strip():
            return found
        self._fault(line, f"{name} is missing; {fix}")
        return ""

    def _only(self, table: dict[str, Any], known: Sequence[str], whose: str, line: int) -> None:
        for name in sorted(table.keys() - set(known)):
            self._fault(line, f'"{name}" is not a key of {whose}; keys are {", ".join(known)}')

    def _line(self, begins: str) -> int:
        return next((n for n, text in enumerate(self._lines, 1) if text.strip().startswith(begins)), 1)

    def _nth(self, begins: str, number: int) -> int:
        found = [n for n, text in enumerate(self._lines, 1) if text.strip().startswith(begins)]
        return found[number] if number < len(found) else 1

    def _fault(self, line: int, what: str) -> None:
        self.faults.append(Fault(self.file, line, what))
