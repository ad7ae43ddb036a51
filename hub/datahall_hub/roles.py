"""Who may do what: the table of rights, declared once, as JupyterHub groups, roles and scopes.

A person's roles are JupyterHub groups. Nobody holds JupyterHub's built-in administrator, because it opens
everybody's server: the group ``admin`` may start and stop servers, but holds no scope that reads a home
(`access:servers`), speaks as somebody else (`tokens`), renames or makes accounts behind the hall's back
(`admin:users`), changes groups (`groups`), or moves the proxy (`proxy`). Pure values; safe to load twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ADMIN = "admin"
DEFAULT_ROLE = "researcher"  # what a sign-up becomes when it is approved without roles
SCOPE_PREFIX = "custom:datahall:"
HALL_SERVICE = "hall"

# What everybody who has signed in may do, with no role at all: be known to the hall as oneself.
SIGNED_IN = ("read:users!user", f"access:services!service={HALL_SERVICE}")
OWN_SERVER = ("servers!user", "access:servers!user", "users:activity!user", "tokens!user")
# What the people page and JupyterHub's own admin page read, and servers' start and stop.
MANAGE_PEOPLE = (
    "admin-ui",
    "list:users",
    "read:users",
    "list:groups",
    "read:groups",
    "read:roles",
    "read:metrics",
    "servers",
)


@dataclass(frozen=True)
class Role:
    """A role people hold; its id is the name of a JupyterHub group."""

    id: str
    title: dict[str, str]


@dataclass(frozen=True)
class Right:
    """One row of the table: who holds it, and which of JupyterHub's own scopes come with it."""

    id: str
    sentence: dict[str, str]
    holders: frozenset[str]
    scopes: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """The custom scope that stands for this right."""
        return SCOPE_PREFIX + self.id


ROLES = (
    Role(ADMIN, {"en": "Administrator", "zh": "管理员"}),
    Role("steward", {"en": "Data steward", "zh": "数据管理员"}),
    Role("teacher", {"en": "Teacher", "zh": "教师"}),
    Role("researcher", {"en": "Researcher", "zh": "研究人员"}),
    Role("startup", {"en": "Startup", "zh": "创业者"}),
    Role("student", {"en": "Student", "zh": "学生"}),
)
ROLE_IDS = tuple(role.id for role in ROLES)
# Roles with rights over what is not one's own; whoever gives them types their own password (`own_password`).
POWERFUL = frozenset({ADMIN, "steward", "teacher"})


def _right(identifier: str, holders: str, en: str, zh: str, *scopes: str) -> Right:
    return Right(identifier, {"en": en, "zh": zh}, frozenset(holders.split()), scopes)


OWN_SERVER_RIGHT = _right(
    "own-server", "admin steward teacher researcher startup student",
    "Open a workbench of one's own and keep notebooks.", "打开自己的工作台并保存笔记本。", *OWN_SERVER,
)  # fmt: skip
RIGHTS = (
    _right("submit-apps", "admin steward teacher researcher startup", "Submit apps.", "提交应用。"),
    _right("review-apps", "admin steward", "Review apps of others.", "审核他人的应用。"),
    _right("publish-cards", "admin steward", "Publish and change dataset cards.", "发布和修改数据集卡片。"),
    _right(
        "make-classes", "admin teacher",
        "Make classes and start their workbenches.", "创建班级并启动学生的工作台。",
    ),
    _right(
        "manage-people", "admin",
        "Approve sign-ups, give roles, change settings.", "批准注册、授予角色、更改设置。", *MANAGE_PEOPLE,
    ),
)  # fmt: skip
RIGHT_IDS = tuple(right.id for right in RIGHTS)
TEACHERS = frozenset({ADMIN, "teacher"})  # whose workbench shows the solutions of lessons
# What the token inside a person's server may do, of what that person may: its own server's part, and submit apps. Not
# review them: a notebook that a reviewer runs would else approve itself.
SERVER_TOKEN = ("users:activity!user", "access:servers!server", f"{SCOPE_PREFIX}submit-apps")


def load_groups() -> dict[str, dict[str, Any]]:
    """Return the groups for ``JupyterHub.load_groups``; who is in them stays as it is."""
    return {role.id: {} for role in ROLES}


def load_roles() -> list[dict[str, Any]]:
    """Return the roles for ``JupyterHub.load_roles``: one for everybody signed in, one for each group."""
    signed_in = {"name": "user", "description": "Everybody who has signed in", "scopes": list(SIGNED_IN)}
    return [signed_in, *(_group_role(role) for role in ROLES)]


def load_custom_scopes() -> dict[str, dict[str, str]]:
    """Return the rights for ``JupyterHub.custom_scopes``."""
    return {right.scope: {"description": right.sentence["en"]} for right in RIGHTS}


def hall_client_scopes() -> list[str]:
    """Return what the hall may do for somebody who has signed in there: know them, and use their rights."""
    return ["read:users!user", *(right.scope for right in RIGHTS)]


def _group_role(role: Role) -> dict[str, Any]:
    held = [right for right in (OWN_SERVER_RIGHT, *RIGHTS) if role.id in right.holders]
    scopes = [scope for right in held for scope in right.scopes]
    scopes += [right.scope for right in held if right is not OWN_SERVER_RIGHT]
    return {"name": f"datahall-{role.id}", "description": role.title["en"], "scopes": scopes, "groups": [role.id]}
