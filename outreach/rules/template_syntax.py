"""Refuses every template that is more than text, listed variables and conditions, with the place of what is wrong.

Jinja2 is far more than messages need, and its sandbox still lets a template loop for ever or grow without end. So the
parsed tree is walked, and only the few kinds of node below pass; what Jinja2 may add one day is refused as well.
"""

from dataclasses import dataclass
from typing import NoReturn

from jinja2 import Environment, StrictUndefined, nodes
from jinja2.exceptions import TemplateSyntaxError

from outreach.errors import TemplateRefusedError

LONGEST_SOURCE = 20_000
LONGEST_CONSTANT = 200
DEEPEST = 20
"""Levels of nesting: Python's own compiler gives up near 100."""

FILTERS = {"upper": str.upper, "lower": str.lower}

ONLY_THESE = "only text, listed variables, {% if %} … {% else %} … {% endif %}, and/or/not and == are allowed"

UNKNOWN = "there is no variable"
"""How the refusal of a misspelt variable begins."""

_SIGNS: dict[type[nodes.Node], str] = {
    nodes.Call: "(",
    nodes.Getattr: ".",
    nodes.Getitem: "[",
    nodes.Concat: "~",
    nodes.Mul: "*",
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.List: "[",
    nodes.Tuple: ",",
    nodes.Dict: "{",
    nodes.For: "for",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.With: "with",
    nodes.Block: "block",
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.Test: "is",
    nodes.CondExpr: "if",
    nodes.Scope: "autoescape",
}
"""What to look for in the source, since Jinja2's nodes know their line but not their column."""


def make_environment() -> Environment:
    """A Jinja2 without its globals, tests and filters, save those of `FILTERS`. Values are put in as they are."""
    environment = Environment(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    environment.globals.clear()
    environment.tests.clear()
    environment.filters.clear()
    environment.filters.update(FILTERS)
    return environment


def check_syntax(environment: Environment, source: str, allowed: frozenset[str]) -> frozenset[str]:
    """The variables that this source uses; TemplateRefusedError names the first thing that is not allowed."""
    if len(source) > LONGEST_SOURCE:
        raise TemplateRefusedError(f"the template is longer than {LONGEST_SOURCE} characters; shorten it")
    checker = _Checker(_tokens(environment, source), allowed)
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as fault:
        raise TemplateRefusedError(
            f"not understood: {fault.message}", fault.lineno, checker.column(fault.lineno)
        ) from None
    except (RecursionError, ValueError, OverflowError, MemoryError):
        raise TemplateRefusedError("this is nested too deeply, or a number is too long") from None
    checker.statements(tree.body, 0)
    return frozenset(checker.used)


@dataclass(frozen=True, slots=True)
class _Token:
    line: int
    column: int
    kind: str
    value: str


def _tokens(environment: Environment, source: str) -> list[_Token]:
    """Everything between the braces, with its place."""
    tokens = []
    line, column = 1, 1
    try:
        for _, kind, value in environment.lex(source):
            tokens.append(_Token(line, column, kind, value))
            line += value.count("\n")
            column = len(value) - value.rfind("\n") if "\n" in value else column + len(value)
    except TemplateSyntaxError:
        pass  # the parser says it below, with its line; what was read so far still finds the column
    return tokens


class _Checker:
    """Walks a parsed template; raises at the first node that is not on the list."""

    def __init__(self, tokens: list[_Token], allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.used: set[str] = set()
        self._code = [token for token in tokens if token.kind not in ("data", "whitespace")]
        for token in self._code:
            if token.kind == "raw_begin":
                raise TemplateRefusedError(
                    "{% raw %} is not allowed; " + ONLY_THESE, token.line, token.column
                )

    def column(self, line: int, sign: str = "") -> int:
        """Where this sign stands in the line, else where the line's first brace does."""
        here = [token for token in self._code if token.line == line]
        found = [token for token in here if token.value == sign] or here
        return found[0].column if found else 1

    def statements(self, body: list[nodes.Node], depth: int) -> None:
        for node in body:
            if depth > DEEPEST:
                self._refuse(node, "this is nested too deeply")
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self._output(part, depth)
            elif isinstance(node, nodes.If):
                self._condition(node.test, depth)
                self.statements(node.body, depth + 1)
                self.statements(list(node.elif_), depth + 1)
                self.statements(node.else_, depth + 1)
            else:
                self._refuse(node)

    def _output(self, node: nodes.Node, depth: int) -> None:
        """What may stand in {{ }}: a variable, a filter of one, a constant, or a choice of two by and/or."""
        if depth > DEEPEST:
            self._refuse(node, "this is nested too deeply")
        if isinstance(node, nodes.And | nodes.Or):
            self._output(node.left, depth + 1)
            self._output(node.right, depth + 1)
        elif isinstance(node, nodes.Filter):
            self._filter(node, depth)
        elif isinstance(node, nodes.Name):
            self._name(node)
        elif isinstance(node, nodes.Const):
            self._constant(node)
        else:
            self._refuse(node)

    def _condition(self, node: nodes.Node, depth: int) -> None:
        """What may stand after if: the same, `not`, and a comparison of one thing with another."""
        if depth > DEEPEST:
            self._refuse(node, "this is nested too deeply")
        if isinstance(node, nodes.And | nodes.Or):
            self._condition(node.left, depth + 1)
            self._condition(node.right, depth + 1)
        elif isinstance(node, nodes.Not):
            self._condition(node.node, depth + 1)
        elif isinstance(node, nodes.Compare):
            if len(node.ops) != 1 or node.ops[0].op not in ("eq", "ne"):
                self._refuse(node, f"this comparison is not allowed; {ONLY_THESE}")
            self._output(node.expr, depth + 1)
            self._output(node.ops[0].expr, depth + 1)
        else:
            self._output(node, depth)

    def _filter(self, node: nodes.Filter, depth: int) -> None:
        if (
            node.name not in FILTERS
            or node.node is None
            or node.args
            or node.kwargs
            or node.dyn_args
            or node.dyn_kwargs
        ):
            self._refuse(
                node, f'the filter "{node.name}" is not allowed; there are: {", ".join(FILTERS)}', node.name
            )
        self._output(node.node, depth + 1)

    def _name(self, node: nodes.Name) -> None:
        if node.name not in self.allowed:
            known = ", ".join(sorted(self.allowed))
            self._refuse(node, f"{UNKNOWN} {node.name}; there are: {known}", node.name)
        self.used.add(node.name)

    def _constant(self, node: nodes.Const) -> None:
        if not isinstance(node.value, str):
            self._refuse(node, f"only text in quotes is allowed here, not {type(node.value).__name__}")
        if len(node.value) > LONGEST_CONSTANT:
            self._refuse(node, f"a text in quotes may have {LONGEST_CONSTANT} characters at most")

    def _refuse(self, node: nodes.Node, what: str = "", sign: str = "") -> NoReturn:
        sign = sign or _SIGNS.get(type(node), "")
        what = what or f"{f'`{sign}`' if sign else type(node).__name__} is not allowed here; {ONLY_THESE}"
        # Jinja2 leaves some nodes of its own making (a Scope) without a line: their sign then finds the place.
        line = node.lineno or next((token.line for token in self._code if token.value == sign), 1)
        raise TemplateRefusedError(what, line, self.column(line, sign))
