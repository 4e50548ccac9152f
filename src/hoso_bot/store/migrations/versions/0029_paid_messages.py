"""what was paid for messages: each one, and how much of a month's budget is gone"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paid_months",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "channel", "month", name=op.f("pk_paid_months")),
    )
    op.create_table(
        "paid_messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("fare", sa.Text(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paid_messages")),
    )
    op.create_index(
        op.f("ix_paid_messages_school_id_message_key"), "paid_messages", ["school_id", "message_key"]
    )


def downgrade() -> None:
    op.drop_table("paid_messages")
    op.drop_table("paid_months")
