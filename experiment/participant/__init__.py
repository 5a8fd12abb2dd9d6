"""What participants meet: pages that work without scripts, the game, and the JSON it speaks."""
