"""What a name looks like to a person: without signs that nobody sees, and the same for letters that look alike."""

from __future__ import annotations

import re
import unicodedata

# Signs without a look of their own that Unicode does not call formats: fillers of Hangul, blank Braille, joiners of
# marks, vowels of Khmer that are never shown, and what chooses between forms of a sign.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINERS = "\u200c\u200d"  # which tell letters of Persian and of India's languages apart
# Letters of Cyrillic and Greek, large and small, that are written like one of Latin; and then what looks alike in it.
_LATIN = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408\u04ba"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTYXSIJHaeopcyxsijhABEZHIKMNOPTYXo",
)
_ALIKE = str.maketrans("i1|0", "lllo")


def remove_unseen(text: str) -> str:
    """Return a text without signs that nobody sees, but for those that words are written with."""
    shown = (sign for sign in _BLANK.sub("", text) if sign in _JOINERS or unicodedata.category(sign) != "Cf")
    return "".join(shown)


def take_skeleton(text: str) -> str:
    """Return what is the same for texts that a person takes for one: made for comparing, not for showing."""
    plain = unicodedata.normalize("NFKC", _BLANK.sub("", text))
    letters = "".join(sign for sign in plain if sign.isalnum() or sign in "|" or unicodedata.category(sign)[0] == "S")
    return letters.translate(_LATIN).casefold().translate(_ALIKE) or plain
