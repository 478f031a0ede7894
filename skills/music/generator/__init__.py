"""The conditioned GRU that continues a phrase."""
