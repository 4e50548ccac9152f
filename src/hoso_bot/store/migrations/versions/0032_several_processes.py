"""what PINs are sealed to, for web processes beside the worker; settings of a deployment's schools"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doors",
        sa.Column("school_id", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
    )
    op.create_table(
        "school_settings",
        sa.Column("school_id", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.Text()),
    )


def downgrade() -> None:
    op.drop_table("school_settings")
    op.drop_table("doors")
