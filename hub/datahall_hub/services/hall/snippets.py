"""The lines that read a dataset in a program: with Datahall, with Python or R alone, with curl. Pure.

What is remarked in them is in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from datahall import Dataset

from datahall_hub.services.hall.wording import N_, Words

_TYPED = N_("With the types of the columns:")
_TOLD = N_("What the hall says of it, and a search:")


@dataclass(frozen=True)
class Snippet:
    """Some lines of code, and what they are written in."""

    id: str
    title: str
    text: str


def write_snippets(dataset: Dataset, *, version: str, base: str, parts: list[str], language: str) -> list[Snippet]:
    """Return the lines that read a version from anywhere; `base` is the hall's address, `parts` those of the files."""
    address = f"{base}/datasets/{dataset.id}"
    csv = f"{address}/data.csv?version={version}"
    name, words = dataset.name, Words(language)
    python = _python(parts if len(parts) > 1 else [f"{address}/data.parquet?version={version}"])
    r = (
        f'df <- read.csv("{csv}",\n               encoding = "UTF-8", check.names = FALSE)\n'
        f"str(df)\n\n# {words.text(_TYPED)}\n"
        f'# df <- arrow::read_parquet("{parts[0] if parts else address}")'
    )
    search = f"theme={dataset.theme}" if dataset.theme else "q="
    curl = (
        f'curl -fsS -o {name}.csv \\\n  "{csv}"\n\n'
        f'# {words.text(_TOLD)}\ncurl -fsS "{base}/api/v1/datasets/{dataset.id}"\n'
        f'curl -fsS "{base}/api/v1/datasets?{search}"'
    )
    return [Snippet("python", "Python", python), Snippet("r", "R", r), Snippet("curl", "curl", curl)]


def _python(addresses: list[str]) -> str:
    if len(addresses) == 1:
        return f'import pandas as pd\n\ndf = pd.read_parquet(\n    "{addresses[0]}"\n)\ndf'
    listed = "\n".join(f'    "{address}",' for address in addresses)
    return f"import pandas as pd\n\nfiles = [\n{listed}\n]\ndf = pd.concat(pd.read_parquet(file) for file in files)\ndf"
