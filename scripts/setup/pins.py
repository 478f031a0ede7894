"""Versions that no lock can hold, because they are needed before a lock can be installed."""

TORCH = "2.13.0"
"""The same version as in pyproject.toml; a test compares them."""

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""PyTorch's own index of CPU builds; ENCORE_TORCH_CPU_INDEX names another."""

UV = "0.13.9"
"""The installer inside .venv."""

RASA_PYTHON = "3.10"
RASA_PYTHON_UNSUPPORTED = "3.11"
"""Rasa 3.6.21 says it needs 3.10 at most; on 3.11 its lean lock was seen to train and parse."""
