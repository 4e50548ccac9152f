"""which versions people say are on the sector's portal"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_marks",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "version_id", name=op.f("pk_portal_marks")),
    )


def downgrade() -> None:
    op.drop_table("portal_marks")
