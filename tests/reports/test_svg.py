"""Charts and icons as SVG: readable by people, programs and printers, with nothing that runs."""

import re
import xml.etree.ElementTree as ET

import pytest

from outreach.reports.icons import assurance_icon, variation_icon
from outreach.reports.svg import GOOD, PLAIN, Dot, Level, Picture, drawn
from outreach.rules.charts import ASSURANCE_WORDS, VARIATION_WORDS, Assurance, Better, xmr

SVG = "{http://www.w3.org/2000/svg}"


def _picture(title: str = "Missed", top: float = 40.0) -> Picture:
    return Picture(
        key="missed",
        title=title,
        description="It falls.",
        unit="%" if top <= 100 else "",
        dots=[Dot("Jan 2026", top, PLAIN), Dot("Feb 2026", top / 2, GOOD)],
        levels=[Level(0, 2, top * 0.75, -5.0, top * 1.2)],
        target=top * 0.3,
        marks=[(0.5, "1")],
    )


def test_a_chart_has_a_title_and_a_description_that_it_names() -> None:
    root = ET.fromstring(drawn(_picture()))

    named = root.attrib["aria-labelledby"].split()
    assert root.attrib["role"] == "img"
    assert [root.find(f".//*[@id='{each}']").text for each in named] == ["Missed", "It falls."]  # type: ignore[union-attr]


def test_words_in_a_chart_cannot_become_markup() -> None:
    svg = drawn(_picture('<script>alert(1)</script> & "more"'))

    assert "<script" not in svg
    assert ET.fromstring(svg).find(f"{SVG}title").text == '<script>alert(1)</script> & "more"'  # type: ignore[union-attr]


def test_a_chart_runs_nothing_fetches_nothing_and_needs_no_style() -> None:
    svg = drawn(_picture())

    assert not re.search(r"<script|\bon\w+=|style=|href|url\(|<image|<foreignObject", svg)


@pytest.mark.parametrize("top", [0.4, 1, 7, 40, 99, 1234])
def test_everything_drawn_lies_on_the_paper(top: float) -> None:
    root = ET.fromstring(drawn(_picture(top=top)))
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())

    for element in root.iter():
        for x, y in (("x", "y"), ("cx", "cy")):
            if x in element.attrib:
                assert 0 <= float(element.attrib[x]) <= width
                assert 0 <= float(element.attrib[y]) <= height


def test_no_share_is_shown_as_more_than_all() -> None:
    svg = drawn(_picture(top=95))

    assert "100%" in svg
    assert "120%" not in svg
    assert svg.count('stroke-dasharray="7 4"') == 1, "a limit beyond all is not drawn, only its sample"


def test_a_lower_limit_below_nought_is_not_drawn() -> None:
    dashed = drawn(_picture()).count('stroke-dasharray="7 4"')

    assert dashed == 2, "the upper limit, and its sample in the legend"


@pytest.mark.parametrize("better", list(Better))
def test_every_icon_says_its_verdict_in_words(better: Better) -> None:
    for values in ([1, 2] * 6, [*[9, 10] * 6, *[1, 2] * 6], [*[1, 2] * 6, *[9, 10] * 6]):
        chart = xmr(values)
        assert f"<title>{VARIATION_WORDS[chart.variation(better)]}</title>" in variation_icon(chart, better)
    for verdict in Assurance:
        assert f"<title>{ASSURANCE_WORDS[verdict]}</title>" in assurance_icon(verdict, better)


def test_icons_of_different_verdicts_look_different() -> None:
    icons = {assurance_icon(verdict, Better.LOWER) for verdict in Assurance}
    shapes = {re.sub(r"<title>.*?</title>|#[0-9a-f]{6}", "", icon) for icon in icons}

    assert len(shapes) == 3
