"""certificates of other authorities, steps signed with the signer's own tool"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signing_keys", sa.Column("issuers_pem", sa.LargeBinary(), nullable=True))
    op.add_column("steps", sa.Column("signed_field", sa.Text(), nullable=True))
    op.create_table(
        "awaited_returns",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "number", "person_id", name=op.f("pk_awaited_returns")),
    )
    op.create_index(
        op.f("ix_awaited_returns_school_id_person_id"), "awaited_returns", ["school_id", "person_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_awaited_returns_school_id_person_id"), table_name="awaited_returns")
    op.drop_table("awaited_returns")
    op.drop_column("steps", "signed_field")
    op.drop_column("signing_keys", "issuers_pem")
