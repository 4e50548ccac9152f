"""delegations, absences, lent plans, one card a holder, what changed by page, a picture of page 1"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("versions", sa.Column("changes", sa.JSON(), nullable=True))
    op.add_column("uploads", sa.Column("picture", sa.Text(), nullable=True))
    op.add_column("steps", sa.Column("decided_by", sa.Text(), nullable=True))
    op.create_table(
        "step_cards",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_step_cards")),
    )
    op.create_index(
        op.f("ix_step_cards_school_id_version_id_number"), "step_cards", ["school_id", "version_id", "number"]
    )
    op.create_table(
        "delegations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("giver_id", sa.Text(), nullable=False),
        sa.Column("taker_id", sa.Text(), nullable=False),
        sa.Column("teacher_id", sa.Text(), nullable=True),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_school_id_giver_id"), "delegations", ["school_id", "giver_id"])
    op.create_table(
        "absences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_school_id_person_id"), "absences", ["school_id", "person_id"])
    op.create_table(
        "lent_plans",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "person_id", name=op.f("pk_lent_plans")),
    )


def downgrade() -> None:
    for table in ("lent_plans", "absences", "delegations", "step_cards"):
        op.drop_table(table)
    op.drop_column("uploads", "picture")
    op.drop_column("steps", "decided_by")
    op.drop_column("versions", "changes")
