"""Identity: NHS numbers, ethnicity codes, language tags and the words a name is found by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nhs_number.validate import is_valid

from outreach.errors import ContactError
from outreach.rules.identity import (
    ETHNICITY_CODES,
    fold_name,
    holds_nhs_number,
    name_tokens,
    read_language,
    read_nhs_number,
)
from tests.drawn import drawn

AMINAS = "9990000018"


def test_the_synthetic_number_of_these_tests_is_valid() -> None:
    assert is_valid(AMINAS)


@pytest.mark.parametrize(
    "written",
    [
        "9990000018",
        "999 000 0018",
        "999-000-0018",
        "9990000018.0",
        "9.990000018E+09",
        "'9990000018",
        "\u00a0999\u00a0000\u00a00018",
        "９９９００００01８",
    ],
)
def test_an_nhs_number_is_read_however_it_was_exported(written: str) -> None:
    assert read_nhs_number(written) == AMINAS


@pytest.mark.parametrize(
    "written", ["9990000017", "999000001", "99900000180", "", "999000001X", "ABC", "9990000018 9990000026"]
)
def test_a_number_with_a_wrong_check_digit_or_length_is_refused_and_never_repeated(written: str) -> None:
    with pytest.raises(ContactError, match="check it") as refusal:
        read_nhs_number(written)
    assert not re.search(r"\d{4}", str(refusal.value))


def test_a_number_that_lost_digits_is_refused_with_the_way_to_export_it() -> None:
    with pytest.raises(ContactError, match="format the column as text"):
        read_nhs_number("9.99E+09")


@pytest.mark.parametrize("digit", range(10))
def test_ten_equal_digits_are_no_person_though_their_check_digit_is_right(digit: int) -> None:
    assert is_valid(str(digit) * 10) or digit < 4  # the library knows that no Scottish birthday is 00/00
    with pytest.raises(ContactError):
        read_nhs_number(str(digit) * 10)


@pytest.mark.parametrize("text", ["9990000018", "REF-999 000 0018", "A999-000-0018/2"])
def test_an_identifier_that_carries_an_nhs_number_is_noticed(text: str) -> None:
    assert holds_nhs_number(text)


@pytest.mark.parametrize(
    "text", ["R-1", "2026-000123", "99900000181", "5990000001", "9990000017", "", "20260304-0001"]
)
def test_an_ordinary_identifier_is_no_nhs_number(text: str) -> None:
    assert not holds_nhs_number(text)


def test_the_ethnicity_codes_are_the_sixteen_groups_and_the_two_unknowns() -> None:
    assert "".join(sorted(ETHNICITY_CODES - {"99"})) == "ABCDEFGHJKLMNPRSZ"
    assert len(ETHNICITY_CODES) == 16 + 2


@pytest.mark.parametrize(
    ("written", "tag"),
    [("en", "en"), ("EN_gb", "en-GB"), ("pa-arab-pk", "pa-Arab-PK"), ("ckb", "ckb"), ("es-419", "es-419")],
)
def test_a_language_tag_gets_its_usual_capitals(written: str, tag: str) -> None:
    assert read_language(written) == tag


@pytest.mark.parametrize("written", ["Polish", "e", "en-", "english (uk)", "12", "", "en GB"])
def test_a_language_in_words_is_no_tag(written: str) -> None:
    assert read_language(written) is None


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("O’Brien", "obrien"),
        ("O'BRIEN", "obrien"),
        ("O´Brien", "obrien"),
        ("Ngugi waʼThiong", "ngugi wathiong"),
        ("Zoë", "zoe"),
        ("Łukasz", "lukasz"),
        ("Nguyễn", "nguyen"),
        ("Smith-Jones", "smith jones"),
        ("Smith–Jones", "smith jones"),
        ("van  der Berg", "van der berg"),
        ("St. John", "st john"),
        ("Straße", "strasse"),
        ("山田", "山田"),
    ],
)
def test_a_name_is_found_without_case_accents_and_apostrophes(name: str, folded: str) -> None:
    assert fold_name(name) == folded


def test_a_name_is_filed_under_whole_words_and_their_first_three_letters() -> None:
    assert name_tokens(["Amina", "Example-Li", ""]) == {
        ("name", "amina"),
        ("prefix", "ami"),
        ("name", "example"),
        ("prefix", "exa"),
        ("name", "li"),
    }


@drawn(80)
@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


@drawn(80)
@given(st.text(max_size=20))
def test_any_text_is_read_as_an_nhs_number_or_refused(raw: str) -> None:
    try:
        number = read_nhs_number(raw)
    except ContactError:
        return
    assert is_valid(number)
