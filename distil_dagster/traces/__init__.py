"""From the chats of a system in production to a task folder: read, filter, relabel, split."""
