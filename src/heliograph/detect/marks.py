"""What the words that feeds write beside a value say of how it came about."""

from typing import Final

from heliograph.profiles.model import Mark

# What feeds write beside a value, in lower case.
_MARKS: Final[dict[str, Mark]] = {
    **dict.fromkeys(
        [
            "a",
            "actual",
            "read",
            "measured",
            "real",
            "gemeten",
            "gevalideerd",
            "validated",
            "valid",
            "abgelesen",
            "gemessen",
            "reel",
            "mesure",
            "medido",
            "leida",
            "ok",
            "good",
            "normal",
            "w",
            "v",
            "g",
            "r",
            "true",
        ],
        "actual",
    ),
    **dict.fromkeys(
        [
            "e",
            "estimated",
            "estimate",
            "est",
            "geschat",
            "estimada",
            "estimado",
            "geschaetzt",
            "geschätzt",
            "estime",
            "estimé",
            "stimato",
            "stimata",
        ],
        "estimated",
    ),
    **dict.fromkeys(["s", "f", "substituted", "substitute", "ersatzwert", "vervangen", "replaced"], "substituted"),
    **dict.fromkeys(
        ("n", "missing", "null", "geen verbruik", "no data", "no value", "no consumption", "ontbrekend"), "missing"
    ),
}


def mark_of(word: str) -> Mark | None:
    """Return the mark that a feed's word stands for."""
    return _MARKS.get(word.strip().lower())
