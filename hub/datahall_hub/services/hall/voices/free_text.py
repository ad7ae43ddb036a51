"""Free text of strangers: what is refused in it, and which personal data seem to be in it. Pure."""

from __future__ import annotations

import re
import unicodedata

from datahall._personal_data import find_kinds

# Marks that turn the order of writing around, with which a text can show something else than it says.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PIECES = re.compile(r"[\s,;:!?\"'<>()\[\]{}，；：！？。、“”‘’（）【】《》]+")
_NUMBERS = re.compile(r"[+(]{0,2}\d(?:[ ().-]{0,2}\d){6,19}[Xx]?")
_E_MAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>.]+(?:\.[^\s@<>.]+)+")


def clean_line(text: str) -> str:
    """Return `text` on one line, without blanks around and in a row."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_text(text: str) -> str:
    """Return `text` with plain line ends, without blanks at the ends of lines, and with one empty line at most."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def has_control_characters(text: str) -> bool:
    """Tell whether something in `text` is no writing: control characters, or marks that turn its order around."""
    return any(c in _TURNING or (unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t") for c in text)


def is_email(text: str) -> bool:
    """Tell whether `text` has the form of an e-mail address."""
    return _E_MAIL.fullmatch(text) is not None


def find_personal_data(text: str) -> tuple[str, ...]:
    """Return the kinds of personal data that seem to be in `text`: in its words, and in groups of digits."""
    pieces = [piece.strip(".") for piece in _PIECES.split(text)]
    pieces += [found.strip(" .-") for found in _NUMBERS.findall(text)]
    return tuple(sorted({kind for piece in pieces for kind in find_kinds(piece)}))
