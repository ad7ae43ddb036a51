"""Notes about what could not be understood or kept, and the taking of texts that makes most of them."""

from __future__ import annotations

from . import reasons
from .record import MAX_LINE, MAX_NOTES, Note
from .values import clean, text_of


class Notes:
    """The notes of one record; each place and reason is told once, with the first value."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], Note] = {}

    def add(self, field: str, value: str, reason: str) -> None:
        """Add a note, unless there is one already with this field and reason."""
        if (field, reason) not in self._notes and len(self._notes) < MAX_NOTES:
            self._notes[field, reason] = Note(field=field, value=clean(value)[:MAX_LINE], reason=reason)

    def take(self, field: str, value: object, *, limit: int) -> str:
        """Return `value` as a clean text of at most `limit` characters; what is lost by that is noted."""
        text = text_of(value)
        if not text:
            if value not in (None, "", [], {}) and not (isinstance(value, str) and not value.strip()):
                self.add(field, str(type(value).__name__), reasons.NO_TEXT)
            return ""
        cleaned = clean(text)
        if len(cleaned) + text.count("\r\n") < len(text):
            self.add(field, cleaned, reasons.CONTROLS)
        if len(cleaned) > limit:
            self.add(field, cleaned, reasons.CUT)
            return cleaned[:limit].rstrip()
        return cleaned.strip()

    def listed(self) -> tuple[Note, ...]:
        """Return the notes in the order of their making."""
        return tuple(self._notes.values())
