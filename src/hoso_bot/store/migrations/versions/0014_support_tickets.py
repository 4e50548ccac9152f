"""support tickets, PDFs that may be a plan or a question, who took the first-use tour"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("waiting_since", sa.Text(), nullable=True),
        sa.Column("escalated_at", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_tickets_school_id_number")),
    )
    op.create_index(op.f("ix_tickets_school_id_person_id"), "tickets", ["school_id", "person_id"])
    op.create_table(
        "ticket_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_lines")),
    )
    op.create_index(op.f("ix_ticket_lines_school_id_ticket_id"), "ticket_lines", ["school_id", "ticket_id"])
    op.create_index(
        op.f("ix_ticket_lines_school_id_person_id_at"), "ticket_lines", ["school_id", "person_id", "at"]
    )
    op.create_table(
        "ticket_messages",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.UniqueConstraint("school_id", "key", name=op.f("uq_ticket_messages_school_id_key")),
    )
    op.create_table(
        "undecided_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undecided_files")),
    )
    op.create_table(
        "tours",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tours")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("uq_tours_school_id_person_id")),
    )


def downgrade() -> None:
    for table in ("tours", "undecided_files", "ticket_messages", "ticket_lines", "tickets"):
        op.drop_table(table)
