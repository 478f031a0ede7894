"""Making the generator's model from archives of music; never imported while playing."""
