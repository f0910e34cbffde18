"""Pictures as people send them: what they are, what decoding them takes, their pixels upright in RGB."""
