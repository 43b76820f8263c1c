"""Runs migrations on the engine it is given, on SQLite or PostgreSQL."""

from alembic import context

from outreach.models import Base

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="base.",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
