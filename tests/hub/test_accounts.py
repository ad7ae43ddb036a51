"""Claims about names, passwords, the pause after wrong attempts, the first admin, and who is the last one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from datahall_hub import account_records as records
from datahall_hub import passwords
from datahall_hub.accounts import DatahallAuthenticator, Outcome
from datahall_hub.first_admin import ensure_first_admin, first_password_path
from datahall_hub.home import ensure_home
from datahall_hub.settings import Settings
from datahall_hub.user_names import is_valid_name, normalize_name
from jupyterhub import orm
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

GOOD = "long and dull words"


@pytest.mark.parametrize("name", ["a", "alice", "li.hua", "a-b_c.d", "2024-class", "张三", "张三.2", "x" * 32])
def test_names_that_people_can_have(name: str) -> None:
    assert is_valid_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a b", "a%2fb", "a!b", "a=b", "a,b", "-a", ".a", "a.", "x" * 33, "Alice", "é", "🙂", "a\n"],
    ids=repr,
)
def test_names_that_nobody_can_have(name: str) -> None:
    assert not is_valid_name(name)


def test_one_look_is_one_name() -> None:
    assert normalize_name("Ａｄｍｉｎ") == "admin"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        pytest.param("a" * 9, "short", id="nine characters"),
        pytest.param("ab" * 8, "common", id="two different characters"),
        pytest.param("PASSWORD123", "common", id="a common one in capitals"),
        pytest.param("我" * 25, "long", id="more than bcrypt reads"),
        pytest.param("long and\0dull", "long", id="a character that ends it"),
        pytest.param("li.hua li.hua 99", "name", id="the name in it"),
        pytest.param(GOOD, None, id="words"),
        pytest.param("春眠不觉晓处处闻啼鸟", None, id="Chinese words"),
    ],
)
def test_which_passwords_are_refused(password: str, problem: str | None) -> None:
    assert passwords.find_problem(password, name="li.hua") == problem


def test_a_password_that_cannot_be_is_wrong_and_not_an_error() -> None:
    hashed = passwords.hash_password_now(GOOD)
    assert asyncio.run(passwords.is_password(GOOD, hashed=hashed))
    for attempt in ("", "x" * 10_000, GOOD + "\0", "\ud800"):
        assert not asyncio.run(passwords.is_password(attempt, hashed=hashed))


def test_first_passwords_are_acceptable_and_never_the_same() -> None:
    made = {passwords.make_first_password() for _ in range(100)}
    assert len(made) == 100
    assert {passwords.find_problem(password, name="admin") for password in made} == {None}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def open_database(settings: Settings) -> Session:
    return Session(create_engine(f"sqlite:///{ensure_home(settings.home).database}"))


def test_the_first_admin_is_made_once(settings: Settings) -> None:
    password = ensure_first_admin(settings)
    assert password
    assert ensure_first_admin(settings) is None
    with open_database(settings) as db:
        credentials = records.find_credentials(db, "admin")
        user = orm.User.find(db, "admin")
        assert credentials is not None
        assert user is not None
        assert credentials.is_authorized
        assert asyncio.run(passwords.is_password(password, hashed=credentials.password))
        assert records.roles_of(user) == ["admin"]
        assert not user.admin  # JupyterHub's administrator could open everybody's server
        assert records.must_change_password(db, "admin")
        db.get_bind().dispose()


def test_the_first_password_waits_in_a_private_file(settings: Settings) -> None:
    password = ensure_first_admin(settings)
    path = first_password_path(ensure_home(settings.home))
    assert path.read_text().strip() == password
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_crash_before_the_account_appears_is_mended(settings: Settings) -> None:
    home = ensure_home(settings.home)
    first_password_path(home).write_text("abcd-efgh-jkmn-pqrs\n")
    engine = orm.new_session_factory(f"sqlite:///{home.database}").kw["bind"]
    records.ensure_tables(engine)  # tables, but nobody in them
    engine.dispose()
    assert ensure_first_admin(settings) == "abcd-efgh-jkmn-pqrs"


def test_another_database_than_sqlite_in_the_home_is_used(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/elsewhere.sqlite"})
    assert ensure_first_admin(elsewhere)
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert not ensure_home(settings.home).database.exists()


def test_with_single_sign_on_there_is_no_first_password(tmp_path: Path) -> None:
    assert ensure_first_admin(Settings(home=tmp_path, authenticator="github")) is None


@pytest.fixture
def db(settings: Settings) -> Iterator[Session]:
    ensure_first_admin(settings)
    with open_database(settings) as session:
        yield session
        session.get_bind().dispose()


def add_person(db: Session, name: str, *roles: str, authorized: bool = True) -> orm.User:
    records.add_account(db, name, hashed=b"-", authorized=authorized)
    user = orm.User(name=name)
    db.add(user)
    records.set_roles(user, roles, db=db)
    db.commit()
    return user


def test_the_last_admin_is_the_only_one_who_can_sign_in(db: Session) -> None:
    assert records.is_last_admin(db, "admin")
    add_person(db, "waiting", "admin", authorized=False)
    assert records.is_last_admin(db, "admin")
    add_person(db, "second", "admin")
    assert not records.is_last_admin(db, "admin")
    assert not records.is_last_admin(db, "second")


def test_giving_roles_leaves_other_groups_alone(db: Session) -> None:
    user = add_person(db, "alice", "student")
    user.groups.append(orm.Group(name="class-7b"))
    records.set_roles(user, ["teacher", "steward"], db=db)
    db.commit()
    assert records.roles_of(user) == ["steward", "teacher"]
    assert "class-7b" in {group.name for group in user.groups}


def test_a_password_set_by_an_admin_is_remembered_as_such(db: Session) -> None:
    add_person(db, "alice", "student")
    records.set_password(db, "alice", hashed=b"new", set_by="admin")
    assert records.must_change_password(db, "alice")
    records.set_password(db, "alice", hashed=b"own")
    record = records.find_record(db, "alice")
    assert record is not None
    assert not record.must_change_password
    assert record.password_set_by == "admin"  # the person can still see it


def test_a_password_is_compared_whether_or_not_somebody_has_the_name(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer takes as long either way, so it does not tell which names exist."""
    compared: list[bytes] = []
    real = bcrypt.checkpw

    def count(password: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", count)
    authenticator = DatahallAuthenticator(_deprecated_db_session=db)
    for name in ("admin", "nobody-here", "not a name"):
        outcome = asyncio.run(authenticator.check_sign_in(name, "wrong guess", place="192.0.2.1"))
        assert outcome is Outcome.WRONG
    assert len(compared) == 3
    assert {hashed[:7] for hashed in compared} == {b"$2b$12$"}  # as many rounds
    assert not real(b"", passwords.nobodys_hash())


@pytest.mark.parametrize(
    ("roles", "authorized", "may"),
    [
        pytest.param(["student"], True, True, id="a student"),
        pytest.param([], True, False, id="nobody's role"),
        pytest.param(["student"], False, False, id="suspended"),
    ],
)
def test_who_may_have_a_server(db: Session, roles: list[str], authorized: bool, may: bool) -> None:
    records.add_account(db, "nora", hashed=b"", authorized=authorized)
    user = orm.User(name="nora")
    db.add(user)
    records.set_roles(user, roles, db=db)
    assert records.may_have_server(db, user) is may
