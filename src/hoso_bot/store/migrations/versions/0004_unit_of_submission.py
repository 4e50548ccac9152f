"""a plan a class or subject; posts: role, group and assignment from a week on"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD_KEY = ["school_id", "year", "register", "person_id", "week"]
NEW_KEY = [*OLD_KEY, "part", "instead_of"]


def _name(columns: list[str]) -> str:
    return op.f(f"uq_plans_{'_'.join(columns)}")


def upgrade() -> None:
    with op.batch_alter_table("plans") as plans:
        plans.add_column(sa.Column("part", sa.Text(), nullable=False, server_default=""))
        plans.add_column(sa.Column("instead_of", sa.Text(), nullable=False, server_default=""))
        plans.drop_constraint(_name(OLD_KEY), type_="unique")
        plans.create_unique_constraint(_name(NEW_KEY), NEW_KEY)
    op.add_column("uploads", sa.Column("part", sa.Text(), nullable=True))
    op.add_column("uploads", sa.Column("instead_of", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "posts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("from_year", sa.Text(), nullable=True),
        sa.Column("from_week", sa.Integer(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("periods", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_school_id_person_id"), "posts", ["school_id", "person_id"])


def downgrade() -> None:
    """Only possible while every plan covers a whole week: two parts of one week break the old key."""
    op.drop_table("posts")
    op.drop_column("uploads", "instead_of")
    op.drop_column("uploads", "part")
    with op.batch_alter_table("plans") as plans:
        plans.drop_constraint(_name(NEW_KEY), type_="unique")
        plans.create_unique_constraint(_name(OLD_KEY), OLD_KEY)
        plans.drop_column("instead_of")
        plans.drop_column("part")
