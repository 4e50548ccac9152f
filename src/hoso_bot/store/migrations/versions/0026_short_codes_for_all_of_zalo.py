"""short invitation codes are good for a whole chat world: the OA's are Zalo's now"""

from alembic import op

revision = "0026"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE invites SET channel = 'zalo' WHERE channel = 'zalo_oa'")


def downgrade() -> None:
    op.execute("UPDATE invites SET channel = 'zalo_oa' WHERE channel = 'zalo'")
