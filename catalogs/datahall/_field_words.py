"""What a field's type is called in words: the same in notebooks as on the hall's pages."""

from __future__ import annotations

from ._messages import N_

FIELD_WORDS = {
    "string": N_("text"),
    "integer": N_("whole number"),
    "number": N_("number"),
    "boolean": N_("yes or no"),
    "date": N_("date"),
    "datetime": N_("date and time"),
    "time": N_("time of day"),
    "duration": N_("duration"),
    "geopoint": N_("point on the map"),
    "geojson": N_("shape on the map"),
    "list": N_("list"),
}
