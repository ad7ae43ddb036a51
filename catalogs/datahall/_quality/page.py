"""The quality report as a notebook shows it: the picture, then every measure with its reason and advice."""

from __future__ import annotations

from html import escape

from .._markup import frame, heading, in_both, languages, table
from .._messages import N_, translate
from .picture import draw_quality
from .report import Quality

_QUALITY = N_("Quality")


def quality_html(quality: Quality) -> str:
    """Return the whole report as HTML."""
    name = f"{quality.dataset_id}@{quality.version}" if quality.version else quality.dataset_id
    return frame(
        f"<h4>{escape(in_both(_QUALITY))}<br><small>{escape(name)}</small></h4>",
        f"<p>{escape(quality.summary(languages()[0]))}</p>",
        quality_parts(quality),
    )


def quality_parts(quality: Quality) -> str:
    """Return the picture, the measures and the metadata's points, to stand in a larger block."""
    first, _ = languages()
    return (
        draw_quality(quality, language=first) + _measures(quality, language=first) + _metadata(quality, language=first)
    )


def _measures(quality: Quality, *, language: str) -> str:
    rows = [
        (
            escape(each.title(language)),
            escape(each.spoken_score(language)),
            escape(each.reason[language])
            + (f'<br><span class="muted">→ {escape(each.advice[language])}</span>' if each.advice else ""),
        )
        for each in quality.measures
    ]
    return heading(N_("Data")) + table((N_("measure"), N_("score"), N_("why, and how to improve it")), rows)


def _metadata(quality: Quality, *, language: str) -> str:
    rows = []
    for each in quality.metadata.dimensions:
        lacking = [
            f"{escape(answer.title[language])} (0/{answer.of}) "
            f'<span class="muted">→ {escape(answer.advice[language])}</span>'
            for answer in each.answers
            if answer.advice is not None
        ]
        nothing = escape(translate(N_("Nothing is missing."), language=language))
        rows.append((escape(each.title(language)), f"{each.points}/{each.of}", "<br>".join(lacking) or nothing))
    return heading(N_("Metadata")) + table((N_("dimension"), N_("points"), N_("what is missing")), rows)
