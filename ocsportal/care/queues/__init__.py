"""The work queues: what waits for a decision, what comes into force by itself, what was refused when it was due."""
