"""a channel's tokens, typed answers, when a chat was last heard, invitations for one channel"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_tokens",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("refreshed_at", sa.Text(), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        sa.Column("lost_at", sa.Text(), nullable=True),
        sa.Column("login", sa.LargeBinary(), nullable=True),
        sa.Column("login_until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "channel", name=op.f("pk_channel_tokens")),
    )
    op.create_table(
        "typed_answers",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "school_id", "channel", "chat_id", "number", "word", name=op.f("pk_typed_answers")
        ),
    )
    op.create_index(
        op.f("ix_typed_answers_school_id_message_key"), "typed_answers", ["school_id", "message_key"]
    )
    op.add_column("accounts", sa.Column("last_heard_at", sa.Text(), nullable=True))
    op.add_column("invites", sa.Column("channel", sa.Text(), nullable=True))
    op.add_column(
        "invites", sa.Column("wrong_tries", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    with op.batch_alter_table("invites") as invites:
        invites.drop_column("wrong_tries")
        invites.drop_column("channel")
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("last_heard_at")
    op.drop_table("typed_answers")
    op.drop_table("channel_tokens")
