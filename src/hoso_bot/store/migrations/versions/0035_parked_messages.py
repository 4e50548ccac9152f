"""messages that could not be delivered are found as fast as parked work"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

PARKED = sa.text("state = 'parked'")


def upgrade() -> None:
    columns = ["school_id", "id"]
    op.create_index("ix_outbox_parked", "outbox", columns, sqlite_where=PARKED, postgresql_where=PARKED)


def downgrade() -> None:
    op.drop_index("ix_outbox_parked", "outbox")
