"""What is judged: a version's notebook and manifest, its trials, its page, and the terms of its data. Pure values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import Manifest
from datahall_hub.app_life.trial_report import TrialReport

from .data_terms import DatasetFacts
from .finding import Place
from .pieces import Output, Piece, list_outputs, list_pieces, list_shown, list_widgets
from .readings import Form, Reading, read_text

MOST_MARKDOWN = 300_000  # characters that are read as Markdown; its parser takes a second for 50,000 made to be slow


@dataclass(frozen=True)
class Subject:
    """A version, with what its judges share: each text is read once, though both trials may have put it out."""

    notebook: Mapping[str, Any]
    manifest: Manifest
    trials: Sequence[TrialReport]
    facts: Mapping[str, DatasetFacts]
    look: LookReport | None = None
    _readings: dict[tuple[Form, str], Reading] = field(default_factory=dict, compare=False)

    @cached_property
    def pieces(self) -> list[Piece]:
        """What people get to see."""
        return [*list_pieces(self.notebook), *(piece for trial in self.trials for piece in list_shown(trial))]

    @cached_property
    def outputs(self) -> list[Output]:
        """All outputs with data."""
        return [output for trial in self.trials for output in list_outputs(trial)]

    @cached_property
    def widgets(self) -> list[tuple[Place, Mapping[str, Any]]]:
        """The states of all widgets, with where they are shown."""
        return [widget for trial in self.trials for widget in list_widgets(trial)]

    @cached_property
    def used(self) -> list[str]:
        """The ids of the datasets that were opened."""
        return list(dict.fromkeys(use.id for trial in self.trials for use in trial.used))

    @cached_property
    def declared(self) -> list[str]:
        """The ids of the datasets that the manifest names."""
        return list(dict.fromkeys(use.id for use in self.manifest.datasets))

    def read(self, piece: Piece) -> Reading:
        """Return what is in a piece."""
        key = (piece.form, piece.text)
        if key not in self._readings:
            self._readings[key] = self._read_anew(piece)
        return self._readings[key]

    def _read_anew(self, piece: Piece) -> Reading:
        if piece.form == "markdown":
            before = sum(len(text) for form, text in self._readings if form == "markdown")
            if before + len(piece.text) > MOST_MARKDOWN:
                return Reading(words=[piece.text], is_cut=True)
        return read_text(piece.text, form=piece.form)

    def group_readings(self) -> Iterator[tuple[Place, list[Reading]]]:
        """Yield the readings of the pieces of each place."""
        groups: dict[Place, list[Piece]] = {}
        for piece in self.pieces:
            groups.setdefault(piece.place, []).append(piece)
        for place, pieces in groups.items():
            yield place, [self.read(piece) for piece in pieces]
