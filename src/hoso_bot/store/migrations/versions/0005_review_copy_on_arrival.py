"""the review copy is made when an upload arrives"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("uploads", sa.Column("review_copy", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("uploads", "review_copy")
