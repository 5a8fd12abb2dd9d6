"""The web application: design of the game, participants, researchers, database, export."""
