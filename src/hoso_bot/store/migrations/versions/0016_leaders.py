"""cards a leader asked for, decisions taken together"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("step_cards", sa.Column("asked_at", sa.Text(), nullable=True))
    op.add_column("steps", sa.Column("result_key", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("steps", "result_key")
    op.drop_column("step_cards", "asked_at")
