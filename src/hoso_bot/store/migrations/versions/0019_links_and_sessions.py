"""one table for one-time links of every purpose (those to the PIN page move in); sessions of the web board"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None

SHARED = ("id", "school_id", "token_hash", "person_id", "channel", "chat_id", "expires_at", "outcome")


def upgrade() -> None:
    op.create_table(
        "links",
        *_shared_columns(),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    old, new = _tables()
    for row in op.get_bind().execute(sa.select(old)).all():
        about = {"version_id": row.version_id, "step": row.step}
        op.execute(new.insert().values(**_kept(row), purpose="pin", facts={**row.facts, **about}))
    op.drop_table("pin_links")
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_sessions_token_hash")),
    )
    op.create_index(op.f("ix_web_sessions_school_id_person_id"), "web_sessions", ["school_id", "person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_web_sessions_school_id_person_id"), table_name="web_sessions")
    op.drop_table("web_sessions")
    op.create_table(
        "pin_links",
        *_shared_columns(),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pin_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pin_links_token_hash")),
    )
    old, new = _tables()
    for row in op.get_bind().execute(sa.select(new).where(new.c.purpose == "pin")).all():
        shown = {name: fact for name, fact in row.facts.items() if name not in ("version_id", "step")}
        about = {"version_id": row.facts["version_id"], "step": row.facts["step"]}
        op.execute(old.insert().values(**_kept(row), **about, facts=shown))
    op.drop_table("links")


def _shared_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
    ]


def _tables() -> tuple[sa.TableClause, sa.TableClause]:
    return _table("pin_links", "version_id", "step"), _table("links", "purpose")


def _table(name: str, *own: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one) for one in (*SHARED, *own)), sa.column("facts", sa.JSON()))


def _kept(row: sa.Row[Any]) -> dict[str, object]:
    return {name: getattr(row, name) for name in SHARED}
