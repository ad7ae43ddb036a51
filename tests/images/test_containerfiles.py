"""Both Containerfiles, read as text: what an operator can rely on before building anything."""

from __future__ import annotations

import re
import tomllib

import pytest

from images.locked import find_members
from tests.images.containerfile import CHECKOUT, IMAGES, load_stages, parse_stages

KNOWN = {
    "RUN", "COPY", "ENV", "WORKDIR", "USER", "EXPOSE", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD", "LABEL", "ARG",
}  # fmt: skip
SECRET = re.compile(r"(?i)(password|passwd|secret|token|api_?key|credential)")

each_image = pytest.mark.parametrize("image", IMAGES)


@each_image
def test_the_base_is_named_by_a_release_and_never_latest(image):
    bases = [stage.base for stage in load_stages(image)]

    assert all(re.fullmatch(r"[\w./-]+:(?!latest)[\w.-]+(@sha256:[0-9a-f]{64})?", base) for base in bases), bases
    assert len(set(bases)) == 1


@each_image
def test_only_known_instructions_are_used_and_none_adds_from_an_address(image):
    instructions = [instruction for stage in load_stages(image) for instruction in stage.instructions]

    assert {instruction.name for instruction in instructions} <= KNOWN  # ADD is not among them
    assert not [i for i in instructions if "://" in i.value and i.name != "HEALTHCHECK"]
    assert not [i for i in instructions if re.search(r"\b(curl|wget)\b", i.value)]


@each_image
def test_exactly_one_group_of_the_lock_is_installed_and_by_the_shared_script(image):
    runs = [run.value for stage in load_stages(image) for run in stage.find_all("RUN")]
    groups = [group for run in runs for group in re.findall(r"images/install-group (\S+)", run)]

    assert groups == [image]
    assert not [run for run in runs if re.search(r"\bpip3? install|\buv (pip|sync)", run)]


def test_the_shared_script_verifies_every_hash():
    script = (CHECKOUT / "images/install-group").read_text()
    joined = script.replace("\\\n", " ")
    installs = [line for line in joined.splitlines() if " install " in line and not line.lstrip().startswith("#")]

    assert len(installs) == 4
    for line in installs:
        assert "--require-hashes" in line or ("--no-index" in line and "--no-deps" in line), line
        assert "--no-cache" in line, line


@each_image
def test_it_runs_as_somebody_without_rights(image):
    last = load_stages(image)[-1]
    users = [user.value for user in last.find_all("USER")]
    after = last.instructions[last.instructions.index(last.find_all("USER")[-1]) :]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])  # by number, so that a cluster can see it is not root
    assert not [instruction for instruction in after if instruction.name in {"RUN", "COPY"}]


@each_image
def test_it_says_how_it_is_started_probed_and_reached(image):
    last = load_stages(image)[-1]

    for name in ("ENTRYPOINT", "CMD", "EXPOSE", "HEALTHCHECK"):
        assert len(last.find_all(name)) == 1, name
    assert last.find_all("ENTRYPOINT")[0].words[0] == "tini"
    assert isinstance(last.find_all("CMD")[0].words, list)


@each_image
def test_no_secret_and_no_cache_gets_into_a_layer(image):
    for stage in load_stages(image):
        for instruction in stage.find_all("ENV") + stage.find_all("ARG"):
            assert not SECRET.search(instruction.value)
        for run in stage.find_all("RUN"):
            if "apt-get install" in run.value:
                assert "--no-install-recommends" in run.value
                assert "rm -rf /var/lib/apt/lists/*" in run.value
                assert run.value.startswith("apt-get update")


@each_image
def test_only_folders_that_exist_are_copied(image):
    for stage in load_stages(image):
        for copy in stage.find_all("COPY"):
            if not copy.value.startswith("--from="):
                *sources, _ = copy.words
                assert [source for source in sources if not (CHECKOUT / source).exists()] == []
    assert {".git", ".venv", "**/node_modules"} <= set((CHECKOUT / ".dockerignore").read_text().split())


@each_image
def test_every_member_of_the_workspace_is_there_when_the_group_is_installed(image):
    """Of those that are not installed, what names them."""
    build, _ = load_stages(image)
    copied = {source.rstrip("/") for copy in build.find_all("COPY") for source in copy.words[:-1]}
    members = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    installed = set(find_members(CHECKOUT, group=image).values())

    assert installed <= copied
    assert {member for member in members if not {member, f"{member}/pyproject.toml"} & copied} == set()


@each_image
def test_packages_that_only_installing_needs_stay_in_the_first_stage(image):
    build, last = load_stages(image)

    assert "python3-venv" in build.find_all("RUN")[0].value
    assert "python3-venv" not in last.find_all("RUN")[0].value
    assert [copy.value for copy in last.find_all("COPY")] == [f"--from={build.name} /opt/datahall /opt/datahall"]


def test_continued_lines_and_stages_are_read_as_an_engine_reads_them():
    stages = parse_stages("FROM a:1 AS build\nRUN one \\\n && two\nFROM a:1\nENV A=1 \\\n    B=2\n")

    assert [(stage.base, stage.name) for stage in stages] == [("a:1", "build"), ("a:1", "")]
    assert stages[0].instructions[0].words == ["one", "&&", "two"]
    assert stages[1].instructions[0].words == ["A=1", "B=2"]
