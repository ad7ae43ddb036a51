"""The Fellegi-Sunter model over prepared records, estimated without labels by splink on DuckDB.

Fellegi and Sunter, A theory for record linkage (1969); Linacre et al., Splink (2022). Each kind of column has levels of
likeness; how much a level says is learned from the two tables by expectation maximisation.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .._messages import N_
from ..errors import InvalidQuery
from .records import ROW

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 1_000_000  # random pairs from which chance agreement is estimated
SEED = 20150831  # the same pairs in every run
LOWEST = 0.05  # pairs below this probability are not kept
TRUE_PAIRS_FOUND = 0.6  # share of true pairs that agree on a name exactly, a first guess that estimation corrects
SURE = (
    0.97  # what is the same in everything compared, and that once in each table, is the same thing: at least so surely
)
Level = dict[str, Any]

# How likely each likeness is between two spellings of one name. Several columns teach each other; a single one has
# nothing to learn from, so these are taken, from registers as clerks type them (tests/catalogs/linkage_noise.py).
_ALIKE_ALONE = {
    "same": TRUE_PAIRS_FOUND,
    "nearly the same": 0.12,
    "half of all pairs of characters": 0.12,
    "one inside the other": 0.12,
    "some pair of characters": 0.03,
    "other": 0.01,
}


def predict_pairs(left: pl.DataFrame, right: pl.DataFrame, *, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return ``left``, ``right`` (row numbers) and ``match_probability`` of every pair that may be the same thing."""
    import duckdb
    import polars as pl
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.internals.exceptions import SplinkException  # it has no public place

    with duckdb.connect(":memory:", config={"threads": 2}) as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # splink's advice on charts and untrained levels
        api = DuckDBAPI(connection)
        tables = [
            api.register(frame.to_arrow(), dataset_display_name=name)
            for name, frame in (("a_left", left), ("b_right", right))
        ]
        settings = SettingsCreator(
            link_type="link_only",
            unique_id_column_name=ROW,
            comparisons=_compare(left, right, kinds=kinds),
            blocking_rules_to_generate_predictions=[rule for c, kind in kinds.items() for rule in _pair_rules(c, kind)],
            probability_two_random_records_match=_guess_prior(left, right, kinds=kinds),
            retain_matching_columns=False,
        )
        linker = Linker(tables, settings, log_level="CRITICAL")
        _estimate(linker, kinds=kinds)
        try:
            found = linker.inference.predict(threshold_match_probability=LOWEST).as_duckdbpyrelation()
        except SplinkException as error:  # no comparison could be trained
            raise InvalidQuery(
                N_("The two tables have too little in common to learn from what they share."),
                hint=N_("Check that the columns named in `on` hold the same kind of text in both tables."),
            ) from error
        pairs = pl.from_arrow(found.to_arrow_table())
    assert isinstance(pairs, pl.DataFrame)
    is_turned = pl.col("source_dataset_l") != "a_left"
    judged = pairs.select(
        left=pl.when(is_turned).then(f"{ROW}_r").otherwise(f"{ROW}_l"),
        right=pl.when(is_turned).then(f"{ROW}_l").otherwise(f"{ROW}_r"),
        match_probability="match_probability",
    )
    return _judge_the_same(judged, left, right, kinds=kinds)


def _judge_the_same(
    judged: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, *, kinds: Mapping[str, str]
) -> pl.DataFrame:
    """Return the pairs, the likeliest first, with those that are the same in everything judged by how often that is.

    What stands once in each table is linked as surely as `SURE` or surer. Where one column is all there is, what
    stands several times may be any of its rows.
    """
    import polars as pl

    parts = [f"{column}__{part}" for column, kind in kinds.items() for part in _COMPARED_PARTS[kind]]
    sides = [
        frame.select(pl.col(ROW).alias(side), *parts, pl.len().over(parts).alias(f"{side}_times")).drop_nulls(parts)
        for frame, side in ((left, "left"), (right, "right"))
    ]
    once = [frame.filter(pl.col(f"{side}_times") == 1) for frame, side in zip(sides, ("left", "right"), strict=True)]
    surest = once[0].join(once[1], on=parts).select("left", "right", match_probability=pl.lit(SURE))
    if len(kinds) == 1:
        judged = judged.join(sides[0], on="left", how="left").join(sides[1], on="right", how="left")
        several = pl.max_horizontal("left_times", "right_times")
        is_same = (pl.col(parts[0]) == pl.col(f"{parts[0]}_right")) & (several > 1)
        judged = judged.with_columns(
            pl.when(is_same).then(SURE / several).otherwise("match_probability").alias("match_probability")
        )
    return (
        pl.concat([judged.select(surest.columns), surest], how="vertical_relaxed")
        .group_by("left", "right")
        .agg(pl.col("match_probability").max())
        .sort("match_probability", "left", "right", descending=[True, False, False])
    )


def _guess_prior(left: pl.DataFrame, right: pl.DataFrame, *, kinds: Mapping[str, str]) -> float:
    """Return how likely two rows drawn at random are the same thing: from how many agree on everything."""
    columns = [_TRAINED_BY[kind].format(column) for column, kind in kinds.items()]
    agreeing = left.select(columns).join(right.select(columns), on=columns).height
    return min(max(agreeing, 1) / TRUE_PAIRS_FOUND / (left.height * right.height), 0.5)


def _estimate(linker: Any, *, kinds: Mapping[str, str]) -> None:
    from splink.blocking_rule_library import block_on
    from splink.internals.exceptions import SplinkException  # it has no public place

    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE, seed=SEED)
    if len(kinds) == 1:
        return
    for column, kind in kinds.items():
        with suppress(SplinkException):  # too few pairs agree on it: what is usual elsewhere is taken
            trained_by = _TRAINED_BY[kind].format(column)
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(trained_by))


# What exact agreement on each kind means, for training the other columns.
_TRAINED_BY = {
    "organisation": "{}__core",
    "text": "{}__core",
    "address": "{}__numbers",
    "exact": "{}__code",
}
# What each kind is compared by: two values with the same parts are the same.
_COMPARED_PARTS = {
    "organisation": ("core",),
    "text": ("core",),
    "address": ("street", "numbers"),
    "exact": ("code",),
}


def _pair_rules(column: str, kind: str) -> list[Any]:
    from splink.blocking_rule_library import block_on

    if kind in {"organisation", "text"}:
        keys = f"{column}__keys"
        return [block_on(keys, arrays_to_explode=[keys])]
    if kind == "address":
        return [block_on(f"{column}__street", f"{column}__numbers")]
    return [block_on(f"{column}__code")]


def _compare(left: pl.DataFrame, right: pl.DataFrame, *, kinds: Mapping[str, str]) -> list[Any]:
    if len(kinds) > 1:
        return [_COMPARE[kind](column) for column, kind in kinds.items()]
    return [_compare_names(column, chance=_find_chance_agreement(left, right, column=column)) for column in kinds]


def _find_chance_agreement(left: pl.DataFrame, right: pl.DataFrame, *, column: str) -> float:
    """Return how likely two different things have one name: each row has one partner, and what agrees beyond is chance.

    Estimated from random pairs as elsewhere, the true pairs, which are nearly all that agree, would count as chance.
    """
    import polars as pl

    core = f"{column}__core"
    counts = [frame[core].drop_nulls().value_counts(name="rows") for frame in (left, right)]
    both = counts[0].join(counts[1], on=core).with_columns(pl.col("rows", "rows_right").cast(pl.Int64))
    beyond = both.select((pl.col("rows") * pl.col("rows_right") - pl.min_horizontal("rows", "rows_right")).sum()).item()
    return max(int(beyond), 1) / (left.height * right.height)


def _compare_names(column: str, *, chance: float | None = None) -> Any:
    core, grams = f'"{column}__core', f'"{column}__grams'
    shared = f'len(list_intersect({grams}_l", {grams}_r"))'
    of_all = f'len(list_distinct(list_concat({grams}_l", {grams}_r")))'
    levels = [
        _level(f'{core}_l" = {core}_r"', "same"),
        _level(f'jaro_winkler_similarity({core}_l", {core}_r") >= 0.92', "nearly the same"),
        _level(f"{shared} >= 0.5 * {of_all}", "half of all pairs of characters"),
        _level(f'contains({core}_l", {core}_r") or contains({core}_r", {core}_l")', "one inside the other"),
        _level(f"{shared} > 0", "some pair of characters"),
        _level("ELSE", "other"),
    ]
    if chance is not None:  # the only column
        for level in levels:
            level |= {"m_probability": _ALIKE_ALONE[level["label_for_charts"]], "fix_m_probability": True}
        levels[0] |= {"u_probability": chance, "fix_u_probability": True}
    return _comparison(column, [_missing(f"{column}__core"), *levels])


def _compare_addresses(column: str) -> Any:
    street, numbers = f'"{column}__street', f'"{column}__numbers'
    same_street = f'{street}_l" = {street}_r"'
    same_numbers = f'{numbers}_l" = {numbers}_r"'
    nothing = " or ".join(f'({street}_{s}" is null and {numbers}_{s}" is null)' for s in "lr")
    return _comparison(
        column,
        [
            {"sql_condition": nothing, "label_for_charts": "missing", "is_null_level": True},
            _level(f"{same_street} and {same_numbers}", "street and numbers"),
            _level(same_numbers, "numbers"),
            _level(f'{same_street} and levenshtein({numbers}_l", {numbers}_r") <= 1', "street, numbers but one digit"),
            _level(same_street, "street"),
            _level("ELSE", "other"),
        ],
    )


def _compare_codes(column: str) -> Any:
    code = f'"{column}__code'
    return _comparison(
        column, [_missing(f"{column}__code"), _level(f'{code}_l" = {code}_r"', "same"), _level("ELSE", "other")]
    )


_COMPARE = {
    "organisation": _compare_names,
    "text": _compare_names,
    "address": _compare_addresses,
    "exact": _compare_codes,
}


def _comparison(column: str, levels: list[Level]) -> Any:
    import splink.comparison_library as comparisons

    return comparisons.CustomComparison(output_column_name=column, comparison_levels=[*levels])


def _level(condition: str, label: str) -> Level:
    return {"sql_condition": condition, "label_for_charts": label}


def _missing(column: str) -> Level:
    return {
        "sql_condition": f'"{column}_l" is null or "{column}_r" is null', "label_for_charts": "missing",
        "is_null_level": True,
    }  # fmt: skip
