"""a random code to look a version up by, and when its file in the archive was last found good"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("uploads", sa.Column("lookup_code", sa.Text(), nullable=True))
    op.add_column("versions", sa.Column("lookup_code", sa.Text(), nullable=True))
    op.add_column("versions", sa.Column("checked_at", sa.Text(), nullable=True))
    op.add_column("versions", sa.Column("doubts", sa.JSON(), nullable=True))
    op.create_index(
        op.f("ix_versions_school_id_lookup_code"), "versions", ["school_id", "lookup_code"], unique=True
    )
    op.create_index(op.f("ix_versions_school_id_review_sha256"), "versions", ["school_id", "review_sha256"])
    op.create_index(op.f("ix_steps_school_id_signed_sha256"), "steps", ["school_id", "signed_sha256"])


def downgrade() -> None:
    op.drop_index(op.f("ix_steps_school_id_signed_sha256"), "steps")
    op.drop_index(op.f("ix_versions_school_id_review_sha256"), "versions")
    op.drop_index(op.f("ix_versions_school_id_lookup_code"), "versions")
    for column in ("doubts", "checked_at", "lookup_code"):
        op.drop_column("versions", column)
    op.drop_column("uploads", "lookup_code")
