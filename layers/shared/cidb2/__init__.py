"""CIDB2's shared layer: the code that its functions have in common.

Data flows one way: collect -> compare -> publish -> store -> summarise.
"""
