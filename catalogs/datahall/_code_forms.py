"""The lines that open a dataset, by what somebody likes to work with: polars, pandas, SQL, Arrow, Dask, R, curl.

Python's lines are for a notebook with Datahall; those of R and curl ask the hall over HTTP from anywhere. What a card
or a portal says stands in none of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from ._messages import N_, translate


@dataclass(frozen=True)
class CodeForm:
    """Some lines, and what they are written in."""

    id: str
    title: str
    language: Literal["python", "r", "sh"]
    text: str

    def as_json(self) -> dict[str, str]:
        """Return it as programs read it."""
        return asdict(self)


# How a frame is made of `ds`, by form; what is imported for it stands before.
_PYTHON = {
    "polars": ("polars", "", "df = ds.polars().collect()\ndf"),
    "pandas": ("pandas", "", "df = ds.pandas()\ndf"),
    "sql": ("DuckDB SQL", "", 'df = ds.sql("select * from data limit 100")\ndf'),
    "arrow": ("Arrow", "", "table = ds.arrow()\ntable.schema"),
    "dask": (
        "Dask",
        "import dask.dataframe as dd\n",
        "df = dd.read_parquet([str(path) for path in ds.parquet_paths()])\ndf.head()",
    ),
}
FORMS = (*_PYTHON, "r", "curl")


def write_forms(dataset_id: str, *, version: str | None, base: str, language: str) -> list[CodeForm]:
    """Return the lines that open a dataset, pinned to a version if one is named.

    Parameters
    ----------
    dataset_id : str
        ``<theme>/<name>``, made of letters, digits and hyphens.
    version : str or None
        None for whichever is the newest when the lines are run.
    base : str
        The hall's address, for lines that ask it over HTTP; without it there are none of these.
    language : str
        ``en`` or ``zh``, of what is remarked in them.
    """
    opened = f'ds = datahall.dataset("{dataset_id}@{version}")' if version else f'ds = datahall.dataset("{dataset_id}")'
    forms = [
        CodeForm(id, title, "python", f"{imports}import datahall\n\n{opened}\n{lines}")
        for id, (title, imports, lines) in _PYTHON.items()
    ]
    if not base:
        return forms
    address = f"{base}/datasets/{dataset_id}/data.csv" + (f"?version={version}" if version else "")
    name = dataset_id.rpartition("/")[2]
    told = translate(N_("what the hall says of it"), language=language)
    r = f'df <- read.csv("{address}",\n               encoding = "UTF-8", check.names = FALSE)\nstr(df)'
    curl = f'curl -fsS -o {name}.csv "{address}"\ncurl -fsS "{base}/api/v1/datasets/{dataset_id}"  # {told}'
    return [*forms, CodeForm("r", "R", "r", r), CodeForm("curl", "curl", "sh", curl)]
