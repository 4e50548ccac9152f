"""consents that can be taken back, requests about one's data, and what retention removed or must not"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("withdrawn_at", sa.Text()))
    op.add_column("accounts", sa.Column("consent_at", sa.Text()))
    op.execute("UPDATE accounts SET consent_at = linked_at")
    op.add_column("tickets", sa.Column("kind", sa.Text(), nullable=False, server_default="question"))
    op.add_column("tickets", sa.Column("outcome", sa.Text()))
    op.add_column("tickets", sa.Column("emptied_at", sa.Text()))
    op.add_column("uploads", sa.Column("removed_at", sa.Text()))
    op.add_column("versions", sa.Column("removed_at", sa.Text()))
    op.create_table(
        "retention_holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text()),
        sa.Column("plan_id", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("released_at", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_holds")),
    )


def downgrade() -> None:
    op.drop_table("retention_holds")
    for table, column in (
        ("versions", "removed_at"),
        ("uploads", "removed_at"),
        ("tickets", "emptied_at"),
        ("tickets", "outcome"),
        ("tickets", "kind"),
        ("accounts", "consent_at"),
        ("people", "withdrawn_at"),
    ):
        op.drop_column(table, column)
