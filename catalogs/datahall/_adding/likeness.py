"""Likeness: the encoding under which some lines look most like writing, and the one that comes next.

Pairs of bytes are judged by how frequent their characters are where an encoding is used, single bytes by the letters
around them. Where two encodings of single bytes make words of the same bytes, only a reader can tell which are right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SAMPLE = 1 << 18  # bytes that are weighed

_WESTERN = "äöüßéèêëàâçñáíóúåæøœïîôûùìòãõÄÖÜÉÈÀÂÇÑÁÍÓÚÅÆØÕ"
# Single-byte encodings in the order of preference, each with the letters that are common where it is used.
_SINGLE = {
    "cp1252": _WESTERN,
    "cp1257": "äöüõåéšžāēīūčģķļņąęėįųūłńśźżÄÖÜÕÅÉŠŽĀĒĪŪČĢĶĻŅĄĘĖĮŲŁŚŻ",
    "cp1250": "äöüßéáíóúýčďěňřšťůžąćęłńśźżőűôľĺŕăâîşţÄÖÜÁÉÍÓÚÝČĎŇŘŠŤŽĄĆĘŁŃŚŹŻŐŰ",
    "cp1254": _WESTERN + "ğşıİĞŞ",
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp1251": "",
    "koi8_r": "",
    "cp866": "",
    "cp1253": "",
}
_MARKS = "©®°–—‘’“”„…«»€£§²³·º½µ\u00a0"
_POWERS = "²³"  # behind m, cm and km they are part of a unit, as sure as a letter is part of a word
_MULTIPLE = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr")
_NEAR = 0.1  # of a score of at most 1: an encoding that is so little behind may be the right one
_LONGEST_WORD = 40  # characters that are shown


@dataclass(frozen=True)
class Doubt:
    """Another encoding that makes words of the same bytes, and a word as each of the two has it."""

    encoding: str
    word: str
    other_word: str


def choose_encoding(lines: list[bytes]) -> tuple[str, Doubt | None]:
    """Return the encoding under which the lines look most like writing, and the doubt about it, if there is one."""
    if _is_mostly_utf8(lines):
        return "utf-8", None
    sample = b"\n".join(lines)[:_SAMPLE]
    scores = {name: _score_pairs(sample, name) for name in _MULTIPLE}
    scores |= {name: _score_letters(sample, name, common=common) for name, common in _SINGLE.items()}
    chosen = max(scores, key=lambda name: scores[name])
    return chosen, _find_doubt(sample, scores, chosen=chosen) if _SINGLE.get(chosen) else None


def _find_doubt(sample: bytes, scores: dict[str, float], *, chosen: str) -> Doubt | None:
    """Return the likeliest other encoding of Latin letters; alphabets are told apart well enough."""
    others = sorted(
        (name for name, common in _SINGLE.items() if common and name != chosen), key=lambda name: -scores[name]
    )
    near = (name for name in others if scores[name] >= scores[chosen] - _NEAR)
    return next((doubt for name in near if (doubt := _compare_words(sample, chosen, name)) is not None), None)


def _compare_words(sample: bytes, chosen: str, other: str) -> Doubt | None:
    """Return the first word that two encodings have differently; marks alone are no word."""
    for match in re.finditer(rb"[A-Za-z\x80-\xff]{2,}", sample):
        word, other_word = (match[0].decode(name, "replace")[:_LONGEST_WORD] for name in (chosen, other))
        if word != other_word and all(letter.isalpha() or letter in _POWERS for letter in word + other_word):
            return Doubt(other, word, other_word)
    return None


def _is_mostly_utf8(foreign: list[bytes]) -> bool:
    """Say whether nearly all that is not ASCII is UTF-8; no other encoding gives such bytes by chance."""
    return sum(is_whole(line, "utf-8") for line in foreign) > 0.5 * len(foreign)


def is_whole(line: bytes, encoding: str) -> bool:
    """Say whether `line` is in `encoding`."""
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _score_pairs(sample: bytes, encoding: str) -> float:
    """Return the share of characters that are frequent ones where this encoding is used."""
    text = sample.decode(encoding, "replace")
    scores = [
        _frequency(character, encoding) if not _is_within_word(text, place) else 0.0
        for place, character in enumerate(text)
        if character > "\x7f"
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _is_within_word(text: str, place: int) -> bool:
    """Say whether Latin letters stand on both sides, as around an accented letter that was read as half of a pair."""
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return len(around) == 2 and around.isascii() and around.isalpha()


def _frequency(character: str, encoding: str) -> float:
    """Return 1 for a character of its standard's first level, which holds the frequent ones; 0 for others.

    Syllables count a little more: other encodings' pairs look like Han characters, not like kana or hangul alone.
    """
    if character == "\ufffd":
        return 0.0
    if encoding in ("shift_jis", "euc_jp"):
        is_kana = "\u3041" <= character <= "\u30ff"
        return 1.05 if is_kana else float(_lead(character, "euc_jp", 0xB0, 0xCF))
    if encoding == "euc_kr":
        return 1.05 if "\uac00" <= character <= "\ud7a3" else 0.0
    if encoding == "big5":
        return float(_lead(character, "big5", 0xA1, 0xC6))
    return float(_lead(character, "gb2312", 0xA1, 0xA3) or _lead(character, "gb2312", 0xB0, 0xD7))


def _lead(character: str, encoding: str, first: int, last: int) -> bool:
    try:
        code = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


def _score_letters(sample: bytes, encoding: str, *, common: str) -> float:
    """Return the mean over all letters beyond ASCII of how well each fits the word around it."""
    text = sample.decode(encoding, "replace")
    scores = [
        _fit(text[place - 1 : place], character, text[place + 1 : place + 2], common=common)
        for place, character in enumerate(text)
        if character > "\x7f"
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _fit(before: str, character: str, after: str, *, common: str) -> float:
    if character in _POWERS and before == "m" and not after.isalpha():
        return 1.0
    if character in _MARKS:
        return 0.6
    if not character.isalpha() or (character.isupper() and before.islower()):
        return -1.0
    neighbours = [letter for letter in (before, after) if letter.isalpha()]
    if not neighbours:
        return -0.5
    if not common:  # another alphabet
        is_latin = character < "\u0370" or any(letter.isascii() for letter in neighbours)
        return -1.0 if is_latin else 0.9 if character.islower() else 0.7
    is_run = len(neighbours) == 2 and not any(letter.isascii() for letter in neighbours)
    return -1.0 if character not in common or is_run else 1.0
