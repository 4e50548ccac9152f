"""what was asked of every row ever kept is asked of an index"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WHOLE: dict[str, list[tuple[str, ...]]] = {
    "audit": [("school_id", "action", "at")],
    "uploads": [
        ("school_id", "state", "sent_at"),
        ("school_id", "person_id", "sent_at"),
        ("school_id", "person_id", "sha256"),
    ],
    "plans": [("school_id", "person_id", "year", "week")],
    "versions": [("plan_id",), ("school_id", "state")],
    "steps": [("school_id", "state")],
}
SOME = {"inbox": ("parked", "id"), "outbox": ("gone", "channel")}


def upgrade() -> None:
    for table, indexes in WHOLE.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    for table, (state, column) in SOME.items():
        only, both = sa.text(f"state = '{state}'"), ["school_id", column]
        op.create_index(f"ix_{table}_{state}", table, both, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for table, (state, _) in SOME.items():
        op.drop_index(f"ix_{table}_{state}", table)
    for table, indexes in WHOLE.items():
        for columns in indexes:
            op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
