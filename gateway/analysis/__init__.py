"""From a picture to its faces: the stages, what runs them, embeddings and their cache."""
