"""Alembic's entry: runs the migrations on the database named in its config."""

from alembic import context
from sqlalchemy import create_engine, event

from hoso_bot.store import row_security
from hoso_bot.store.engines import LOCK, lock_key
from hoso_bot.store.tables import metadata

url = context.config.get_main_option("sqlalchemy.url") or ""
on_server = url.startswith("postgresql")
engine = create_engine(url, connect_args={} if on_server else {"timeout": 60})
if not on_server:  # by itself the driver would commit every step; of two processes the second waits
    event.listen(engine, "connect", lambda driver, _record: setattr(driver, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True
    )
    with context.begin_transaction():
        if on_server:  # of two processes that start at once the second finds it done
            connection.execute(LOCK, {"key": lock_key("migrations")})
            row_security.lift(connection)
        context.run_migrations()
        if on_server:
            row_security.impose(connection)
engine.dispose()
