"""The machines that heavy steps run on: the device they are bound to, what they use of it, how files travel there.

What stands here is run on the machine of the device, which need not be Dagster's; nothing knows of a task or a model.
"""
