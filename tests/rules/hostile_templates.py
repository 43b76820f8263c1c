"""Templates that must never be compiled, each with the line and column where the linter points."""

from typing import NamedTuple


class Hostile(NamedTuple):
    """What somebody might save, by mistake or on purpose."""

    why: str
    source: str
    line: int = 1
    column: int = 1


HOSTILE = (
    Hostile("the classic way out of a sandbox", "{{ ''.__class__.__mro__[1].__subclasses__() }}", 1, 42),
    Hostile("an attribute of a text", "{{ ''.__class__ }}", 1, 6),
    Hostile("an attribute of a variable", "Hello {{ name.upper }}", 1, 14),
    Hostile("a method of a variable", "Hello\n{{ name.format(name) }}", 2, 15),
    Hostile("a subscript", "{{ name[0] }}", 1, 8),
    Hostile("a subscript by a text", "{{ name['__class__'] }}", 1, 8),
    Hostile("a slice", "{{ name[0:9] }}", 1, 8),
    Hostile("a call of a global", "{{ lipsum() }}", 1, 10),
    Hostile("a global itself", "{{ lipsum }}", 1, 4),
    Hostile("a global with an attribute", "{{ cycler.__init__.__globals__ }}", 1, 10),
    Hostile("a range", "{{ range(999999999) }}", 1, 9),
    Hostile("a dict of arguments", "{{ dict(a=name) }}", 1, 8),
    Hostile("joining texts", "{{ name ~ name }}", 1, 9),
    Hostile("multiplying a text", "{{ name * 4000000000 }}", 1, 9),
    Hostile("multiplying a constant", "{{ 'a' * 4000000000 }}", 1, 8),
    Hostile("adding texts", "{{ name + name }}", 1, 9),
    Hostile("formatting with a percent sign", "{{ '%999999999s' % name }}", 1, 18),
    Hostile("a power", "{{ 9 ** 9 ** 9 }}", 1, 6),
    Hostile("taking away", "{{ 9 - 9 }}", 1, 6),
    Hostile("dividing by nothing", "{{ 1 / 0 }}", 1, 6),
    Hostile("a number of 5,000 digits", "{{ " + "9" * 5000 + " }}"),
    Hostile("an endless number", "{{ 1e999999 }}", 1, 1),
    Hostile("a long text in quotes", "{{ '" + "a" * 201 + "' }}", 1, 1),
    Hostile("a loop", "Hello\n\n {% for x in name %}a{% endfor %}", 3, 5),
    Hostile("a recursive loop", "{% for x in name recursive %}{{ loop(x) }}{% endfor %}", 1, 4),
    Hostile("a macro", "{% macro m() %}{{ m() }}{% endmacro %}", 1, 4),
    Hostile("calling a macro", "{% call name() %}{% endcall %}", 1, 4),
    Hostile("setting a variable", "{% set x = name %}{{ x }}", 1, 4),
    Hostile("setting a block", "{% set x %}a{% endset %}", 1, 4),
    Hostile("an include", "{% include 'config.toml' %}", 1, 4),
    Hostile("an import", "{% import 'os' as os %}", 1, 4),
    Hostile("an import from", "{% from 'os' import system %}", 1, 4),
    Hostile("extending another template", "{% extends 'base' %}", 1, 4),
    Hostile("a block", "{% block a %}{% endblock %}", 1, 4),
    Hostile("with", "{% with x = name %}{{ x }}{% endwith %}", 1, 4),
    Hostile("a filter over a block", "{% filter upper %}a{% endfilter %}", 1, 4),
    Hostile("switching escaping off", "{% autoescape false %}{{ name }}{% endautoescape %}", 1, 4),
    Hostile("raw braces", "Hello {% raw %}{{ name }}{% endraw %}", 1, 7),
    Hostile("a tag nobody knows", "{% debug %}", 1, 1),
    Hostile("a filter that is not listed", "{{ name | replace('a', 'aaaa') }}", 1, 11),
    Hostile("a filter that reaches attributes", "{{ name | attr('__class__') }}", 1, 11),
    Hostile("a filter that trusts markup", "{{ name | safe }}", 1, 11),
    Hostile("a filter that grows a text", "{{ name | center(999999999) }}", 1, 11),
    Hostile("a listed filter with an argument", "{{ name | upper(name) }}", 1, 11),
    Hostile("a test", "{% if name is defined %}a{% endif %}", 1, 12),
    Hostile("a filter as a test", "{% if name is sameas name %}a{% endif %}", 1, 12),
    Hostile("looking for a text inside another", "{% if 'a' in name %}a{% endif %}", 1, 1),
    Hostile("comparing in size", "{% if name > 'a' %}a{% endif %}", 1, 1),
    Hostile("a chain of comparisons", "{% if name == 'a' == 'b' %}a{% endif %}", 1, 1),
    Hostile("a comparison that would be shown", "{{ name == 'a' }}", 1, 1),
    Hostile("a denial that would be shown", "{{ not name }}", 1, 1),
    Hostile("if and else in one expression", "{{ name if name else 'a' }}", 1, 9),
    Hostile("a list", "{{ [name] }}", 1, 4),
    Hostile("a pair", "{{ name, name }}", 1, 8),
    Hostile("a table", "{{ {'a': name} }}", 1, 4),
    Hostile("a number", "{{ 1 }}", 1, 1),
    Hostile("nothing", "{{ none }}", 1, 1),
    Hostile("the template itself", "{{ self }}", 1, 4),
    Hostile("a variable that is not listed", "Hello\nand {{ nmae }}", 2, 8),
    Hostile(
        "a misspelt variable that no version shows", "{% if name %}a{% else %}{{ nmae }}{% endif %}", 1, 28
    ),
    Hostile("an open brace", "Hello {{ name", 1, 7),
    Hostile("a condition without an end", "{% if name %}a", 1, 1),
    Hostile("an end without a condition", "a{% endif %}", 1, 2),
    Hostile("an empty expression", "{{ }}", 1, 1),
    Hostile("3,000 brackets", "{{ " + "(" * 3000 + "name" + ")" * 3000 + " }}"),
    Hostile("300 times not", "{% if " + "not " * 300 + "name %}a{% endif %}", 1, 1),
    Hostile("a chain of 300 choices", "{{ " + " or ".join(["name"] * 300) + " }}", 1, 1),
    Hostile("101 conditions in each other", "{% if name %}" * 101 + "a" + "{% endif %}" * 101, 1, 1),
    Hostile("20,001 characters", "a" * 20_001),
    Hostile("an empty message", " \n "),
)
