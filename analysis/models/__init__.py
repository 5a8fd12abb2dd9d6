"""Models that predict how well people remember an image; torch is for here (and for explain)."""
