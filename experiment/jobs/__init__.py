"""Long work that a page or a program starts: a process of its own, with progress to see."""
