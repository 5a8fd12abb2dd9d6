"""What models say of a study's images: imported or scored here, and held against the people."""
