"""How well a harvested dataset is described: what stands in for quality where no rows were measured.

A seventh for each of: a description of a sentence or more, keywords, a licence, a publisher, a date, what time or
place it covers, and a file that can be downloaded. Halved, so that what was measured comes before it.
"""

from __future__ import annotations

from .._entries.entry import Entry

_SENTENCE = 40  # characters


def judge_description(entry: Entry) -> float:
    """Return from 0 to 0.5 how well `entry` is described."""
    told = (
        any(len(text) >= _SENTENCE for text in entry.description.values()),
        any(entry.keywords.values()),
        entry.license is not None,
        entry.publisher is not None,
        (entry.modified or entry.issued) is not None,
        bool(entry.temporal_start or entry.temporal_end or entry.spatial),
        any(each.is_download for each in entry.distributions),
    )
    return 0.5 * sum(told) / len(told)
