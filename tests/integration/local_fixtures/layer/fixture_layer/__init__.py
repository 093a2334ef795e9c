"""What a layer brings."""


def greeting() -> str:
    """Say that the layer is there."""
    return "hello from the layer"
