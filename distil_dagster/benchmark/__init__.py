"""What a model is worth on a task: predictions over HTTP, scores, and intervals. The same for students and APIs."""
