"""frozen figures of a semester or year, what people say about them, and adjustments beside them"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "evaluations",
        *_texts("id", "school_id", "year", "term", "version", "frozen_at", "frozen_by", "closes_on"),
        *_texts("fingerprint"),
        sa.Column("log_number", sa.Integer(), nullable=False),
        *_texts("log_hash"),
        sa.Column("outages", sa.JSON(), nullable=False),
        sa.Column("scheme", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("school_id", "year", "term", name=op.f("uq_evaluations_school_id_year_term")),
    )
    op.create_table(
        "evaluation_rows",
        *_texts("school_id", "evaluation_id", "person_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "evaluation_id", "person_id", name=op.f("pk_evaluation_rows")),
    )
    op.create_table(
        "disputes",
        *_texts("id", "school_id", "evaluation_id", "person_id", "words", "made_at", "answer", "reason"),
        *_texts("answered_by"),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_school_id_evaluation_id"), "disputes", ["school_id", "evaluation_id"])
    op.create_table(
        "adjustments",
        *_texts("id", "school_id", "evaluation_id", "person_id", "dispute_id", "figure"),
        sa.Column("old", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        *_texts("reason", "made_by", "made_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint(
            "school_id",
            "evaluation_id",
            "person_id",
            "figure",
            "old",
            "made_at",
            name=op.f("uq_adjustments_school_id_evaluation_id_person_id_figure_old_made_at"),
        ),
    )


def downgrade() -> None:
    for table in ("adjustments", "disputes", "evaluation_rows", "evaluations"):
        op.drop_table(table)
