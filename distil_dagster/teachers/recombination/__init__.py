"""Teachers that need no model: they recombine a task's seeds (Jia & Liang 2016), one for each form of answers."""
