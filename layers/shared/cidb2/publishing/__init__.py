"""From items to SNS: messages, batches, pacing, and the journal of what was published."""
