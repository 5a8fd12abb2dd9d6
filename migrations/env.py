"""What Alembic runs for each command; the connection comes from ``experiment.database``."""

from alembic import context


def run() -> None:
    """Run the steps on the caller's connection, within the caller's transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
