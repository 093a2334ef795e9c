"""The Lambda service: functions in pools of processes, and the queues that feed them."""
