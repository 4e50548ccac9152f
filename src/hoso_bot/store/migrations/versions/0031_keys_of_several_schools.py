"""several schools in one database: a chat's question and a card's key are a school's own"""

from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

KEYS = {"questions": ["channel", "chat_id"], "step_cards": ["key"]}


def upgrade() -> None:
    for table, columns in KEYS.items():
        _key(table, ["school_id", *columns])


def downgrade() -> None:
    for table, columns in KEYS.items():
        _key(table, columns)


def _key(table: str, columns: list[str]) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(f"pk_{table}", type_="primary")
        batch.create_primary_key(f"pk_{table}", columns)
