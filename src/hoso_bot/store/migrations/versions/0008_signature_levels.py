"""revoked certificates, the key for revocation lists, known timestamp authorities"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schools", sa.Column("crl_pem", sa.LargeBinary(), nullable=True))
    op.add_column("schools", sa.Column("crl_wrapped_key", sa.LargeBinary(), nullable=True))
    op.create_table(
        "revocations",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("certificate_sha256", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "certificate_sha256", name=op.f("pk_revocations")),
    )
    op.create_table(
        "timestamp_authorities",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bundle_pem", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "sha256", name=op.f("pk_timestamp_authorities")),
    )


def downgrade() -> None:
    op.drop_table("timestamp_authorities")
    op.drop_table("revocations")
    op.drop_column("schools", "crl_wrapped_key")
    op.drop_column("schools", "crl_pem")
