"""The item: describing, hashing, comparing, checking, judging and storing resources."""
