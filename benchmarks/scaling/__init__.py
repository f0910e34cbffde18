"""A model of the product under load: how many replicas, what batching gains, what autoscaling does in a burst."""
