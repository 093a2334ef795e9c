"""CIDB2's shared layer: what its functions have in common.

Data flows one way: collect -> compare -> publish -> store -> summarise.
"""
