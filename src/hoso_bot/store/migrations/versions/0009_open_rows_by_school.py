"""open rows are found by their index, however many are settled"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LANES = {"inbox": ("doing", ["lane"]), "outbox": ("sending", ["channel", "chat_id"])}


def upgrade() -> None:
    _make_anew(["school_id"])


def downgrade() -> None:
    _make_anew([])


def _make_anew(first: list[str]) -> None:
    for table, (working, lane) in LANES.items():
        name = f"ix_{table}_open"
        op.drop_index(name, table)
        is_open = sa.text(f"state IN ('todo', '{working}')")
        op.create_index(name, table, [*first, *lane, "id"], sqlite_where=is_open, postgresql_where=is_open)
