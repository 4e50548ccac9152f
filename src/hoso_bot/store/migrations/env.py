"""Alembic's entry: runs the migrations on the database named in its config."""

from alembic import context
from sqlalchemy import create_engine

from hoso_bot.store import row_security
from hoso_bot.store.engines import LOCK, lock_key
from hoso_bot.store.tables import metadata

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
on_server = engine.dialect.name == "postgresql"
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        if on_server:  # of two processes that start at once the second finds it done
            connection.execute(LOCK, {"key": lock_key("migrations")})
            row_security.lift(connection)
        context.run_migrations()
        if on_server:
            row_security.impose(connection)
engine.dispose()
