"""Made-up names and backgrounds, in about the mix of an English city."""

from collections.abc import Mapping

NAMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("Grace", "Harry", "Chloe", "Jack", "Megan", "Tom", "Beth", "Sam", "Leah", "Callum", "Ruth", "Owen"),
        ("Example", "Sample", "Makeup", "Nobody", "Pretend", "Placeholder"),
    ),
    "caribbean": (("Marcia", "Delroy", "Shanice", "Andre", "Yvonne"), ("Example", "Sample", "Pretend")),
    "african": (("Abena", "Kwame", "Ngozi", "Tunde", "Makena"), ("Example", "Sample", "Nobody")),
    "pl": (("Ewa", "Łukasz", "Małgorzata", "Paweł", "Zofia"), ("Przykład", "Wzór")),
    "ur": (("Ayesha", "Imran", "Sana", "Bilal"), ("Misaal", "Namoona")),
    "bn": (("Farah", "Rahim", "Nasrin", "Tariq"), ("Udaharon", "Nomuna")),
    "pa": (("Dev", "Harpreet", "Simran", "Jaspal"), ("Udaharan", "Namuna")),
    "gu": (("Hetal", "Jignesh", "Priti", "Nilesh"), ("Udaharan",)),
    "so": (("Amina", "Abdi", "Hodan", "Yusuf"), ("Tusaale", "Muunad")),
    "ar": (("Layla", "Omar", "Huda", "Karim"), ("Mithal",)),
    "ro": (("Ioana", "Andrei", "Ștefan", "Raluca"), ("Exemplu",)),
    "pt": (("João", "Inês", "Luísa", "Tiago"), ("Exemplo",)),
    "tr": (("Zeynep", "Emre", "Ayşe", "Çağlar"), ("Örnek",)),
    "zh": (("Mei", "Wei", "Xiu", "Jun"), ("Shili",)),
}

BACKGROUNDS: tuple[tuple[int, str, str, str], ...] = (
    (47, "en", "en", "A"),
    (6, "en", "en", "C"),
    (2, "en", "en", "B"),
    (5, "caribbean", "en", "M"),
    (4, "african", "en", "N"),
    (2, "en", "en", "D"),
    (2, "en", "en", "G"),
    (3, "pa", "en", "H"),
    (4, "ur", "en", "J"),
    (2, "bn", "en", "K"),
    (3, "en", "en", "Z"),
    (2, "en", "en", "99"),
    (3, "pl", "pl", "C"),
    (3, "ur", "ur", "J"),
    (2, "bn", "bn", "K"),
    (2, "pa", "pa", "H"),
    (1, "gu", "gu", "H"),
    (2, "so", "so", "N"),
    (2, "ar", "ar", "S"),
    (1, "ro", "ro", "C"),
    (1, "pt", "pt", "C"),
    (1, "tr", "tr", "C"),
    (1, "zh", "zh", "R"),
)
"""How many of a hundred people have these names, speak this language, and state this ethnicity (NHS code)."""
