"""Fine-tune a face embedder with the ArcFace loss on identities chosen by an attribute, and measure what it did."""
