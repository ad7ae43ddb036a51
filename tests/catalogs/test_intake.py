"""The catalog through Intake, in our environment and in one that knows nothing of us."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import datahall
import intake
import pytest
import yaml
from packaging.requirements import Requirement

from tests.catalogs.harvested_records import RAIN, file, keep_records, record
from tests.catalogs.small_server import Reply, SmallServer, small_server

ID = "weather/seattle-weather"


def test_the_catalog_reads_by_theme_and_name() -> None:
    rows = datahall.dataset(ID).polars().collect()
    assert datahall.catalog["weather"]["seattle-weather"].read().collect().equals(rows)
    assert datahall.catalog[ID].read().collect().equals(rows)
    assert "weather" in list(datahall.catalog)
    assert "seattle-weather" in list(datahall.catalog["weather"])


@pytest.mark.filterwarnings("ignore:Use shutil.which:DeprecationWarning")  # Intake, which looks for conda the old way
def test_intake_finds_the_catalog_without_any_set_up() -> None:
    assert "datahall" in list(intake.cat)
    assert intake.cat["datahall"]["weather"]["seattle-weather"].read().collect().height == 1461


@pytest.mark.parametrize("key", ["nothing", "weather/nothing", "weather/../ocean"])
def test_a_key_that_is_none_is_a_key_error(key: str) -> None:
    with pytest.raises(KeyError):
        datahall.catalog[key]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("wether",), "There is no theme 'wether'. Did you mean weather?"),
        (("weather/seattle-wether",), f"There is no dataset 'weather/seattle-wether'. Did you mean {ID}?"),
        (("weather", "seattle-wether"), f"There is no dataset 'weather/seattle-wether'. Did you mean {ID}?"),
    ],
    ids=" ".join,
)
def test_a_key_error_proposes_what_was_meant(keys: tuple[str, ...], said: str) -> None:
    *themes, wrong = keys
    catalog = datahall.catalog[themes[0]] if themes else datahall.catalog
    with pytest.raises(KeyError) as caught:
        catalog[wrong]
    assert str(caught.value) == said


def exported() -> dict[str, dict[str, object]]:
    document: dict[str, dict[str, object]] = yaml.safe_load(
        datahall.to_intake_yaml(datahall.datasets(), base_url="https://hall.example/services/hall/")
    )
    return document


def test_the_exported_catalog_has_readable_keys_and_names_only_parquet_readers() -> None:
    document = exported()
    assert set(document["aliases"]) == {item.id for item in datahall.datasets()}
    assert not set(document["data"]) & set(document["entries"])
    assert {entry["reader"] for entry in document["entries"].values()} == {  # type: ignore[index]
        "intake.readers.readers:PolarsParquet",
        "intake.readers.readers:PandasParquet",
    }
    assert document["data"][f"{ID}.parquet"]["kwargs"]["url"] == (  # type: ignore[index]
        f"https://hall.example/services/hall/datasets/{ID}/data.parquet"
    )


def link_environment(folder: Path, *names: str) -> None:
    """Link the files of these distributions, and of all that they need, into `folder`."""
    waiting, done = [Requirement(name) for name in names], set()
    while waiting:
        wanted = waiting.pop()
        if wanted.name.lower() in done:
            continue
        done.add(wanted.name.lower())
        found = distribution(wanted.name)
        for path in {each.parts[0] for each in found.files or () if each.parts[0] not in ("..", "__pycache__")}:
            target = folder / path
            if not target.exists():
                target.symlink_to(Path(str(found.locate_file(path))))
        extras = wanted.extras or {""}
        needs = [Requirement(text) for text in found.requires or ()]
        waiting += [n for n in needs if n.marker is None or any(n.marker.evaluate({"extra": e}) for e in extras)]


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with intake, polars, pandas, pyarrow, fsspec's http support, and without us."""
    folder = tmp_path_factory.mktemp("plain")
    link_environment(folder, "intake", "polars", "pandas", "pyarrow", "fsspec[http]")
    assert not list(folder.glob("*datahall*"))
    return {"PYTHONPATH": str(folder), "PATH": os.environ["PATH"], "HOME": str(folder)}


def run_plainly(program: str, *arguments: str, plain: dict[str, str]) -> list[str]:
    command = [sys.executable, "-S", "-c", program, *arguments]
    done = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.fixture
def hall() -> SmallServer:
    """The addresses of a hall: the catalog and one dataset, with byte ranges."""
    with small_server() as running:
        text = datahall.to_intake_yaml(datahall.datasets(), base_url=f"{running.url}/services/hall")
        running.answers["/services/hall/catalog.yaml"] = Reply(text.encode())
        data = datahall.dataset(ID).parquet_path().read_bytes()
        running.answers[f"/services/hall/datasets/{ID}/data.parquet"] = Reply(data)
        yield running


def test_plain_intake_lists_and_reads_a_hall_over_http(hall: SmallServer, plain: dict[str, str]) -> None:
    program = (
        "import sys, intake\n"
        "try: import datahall\n"
        "except ImportError: print('without datahall')\n"
        "catalog = intake.from_yaml_file(sys.argv[1])\n"
        "print(len(list(catalog)), sys.argv[2] in list(catalog))\n"
        "print(catalog[sys.argv[2]].read().collect().shape)\n"
        "print(catalog[sys.argv[2] + '.pandas'].read().shape)\n"
    )
    url = f"{hall.url}/services/hall/catalog.yaml"
    found = run_plainly(program, url, ID, plain=plain)
    assert found == ["without datahall", f"{len(datahall.datasets())} True", "(1461, 6)", "(1461, 6)"]


def test_plain_intake_reads_a_store_beside_the_catalog_wherever_it_lies(
    home: Path, tmp_path: Path, plain: dict[str, str]
) -> None:
    datahall.dataset(ID).fetch()
    text = datahall.to_intake_yaml(datahall.datasets(), store_url="{CATALOG_DIR}/store")
    assert "version: null" not in text  # what is read there is always the latest
    mounted = tmp_path / "a mount"
    mounted.mkdir()
    (mounted / "catalog.yaml").write_text(text)
    (mounted / "store").symlink_to(home / "store")
    program = (
        "import sys, intake\n"
        "catalog = intake.from_yaml_file(sys.argv[1])\n"
        "print(catalog[sys.argv[2]].read().collect().shape)\n"
        "print(catalog[sys.argv[2] + '.pandas'].read().shape)\n"
    )
    assert run_plainly(program, str(mounted / "catalog.yaml"), ID, plain=plain) == ["(1461, 6)", "(1461, 6)"]


def test_harvested_datasets_are_entries_on_demand(home: Path, server: SmallServer) -> None:
    server.answers["/rain.csv"] = Reply(RAIN)
    rain = file(f"{server.url}/rain.csv", format="csv")
    keep_records(home, record(rain), *(record(rain, id=f"r{n}", name=f"r{n}") for n in range(2, 5)), address=server.url)
    catalog = datahall.catalog["harvested"]
    assert len(catalog) == 4
    assert sorted(catalog)[0] == "portal--r2"
    assert "portal--rain" in catalog
    assert "portal--snow" not in catalog
    assert "harvested" in datahall.catalog
    assert "harvested/portal--rain" in datahall.catalog
    assert server.asked == []
    entry = catalog["portal--rain"]
    assert entry.metadata["title"] == {"en": "Rain by station and day"}
    assert entry.read().collect().height == 3
    assert datahall.catalog["harvested/portal--rain"].read().collect().height == 3
    assert repr(catalog) == "HarvestedCatalog: 4"
    with pytest.raises(KeyError, match="There is no harvested dataset 'harvested/portal--snow'"):
        catalog["portal--snow"]
