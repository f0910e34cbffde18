"""What every training run shares: faces, augmentation, backbones, a loop that survives a kill."""
