"""cases of R41: facts, explanation, decision, documents"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "violation_cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text()),
        sa.Column("week", sa.Integer()),
        sa.Column("kind", sa.Text()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("sheet", sa.JSON()),
        sa.Column("invited_at", sa.Text()),
        sa.Column("explain_by", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_at", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.Text()),
        sa.Column("annulled_by", sa.Text()),
        sa.Column("annulled_at", sa.Text()),
        sa.Column("objected_at", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation_cases")),
        sa.UniqueConstraint(
            "school_id", "year", "number", name=op.f("uq_violation_cases_school_id_year_number")
        ),
    )
    op.create_index(
        op.f("ix_violation_cases_school_id_person_id"), "violation_cases", ["school_id", "person_id"]
    )
    op.create_table(
        "violation_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation_lines")),
    )
    op.create_index(op.f("ix_violation_lines_school_id_case_id"), "violation_lines", ["school_id", "case_id"])
    op.create_table(
        "violation_papers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("docx_sha256", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation_papers")),
    )
    op.create_index(
        op.f("ix_violation_papers_school_id_case_id"), "violation_papers", ["school_id", "case_id"]
    )


def downgrade() -> None:
    for table in ("violation_papers", "violation_lines", "violation_cases"):
        op.drop_table(table)
