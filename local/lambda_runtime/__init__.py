"""The Lambda service: functions in pools of processes, and their queue pollers."""
