"""Values to fill in: people, how to reach them, their numbers and codes, and what describes them."""
