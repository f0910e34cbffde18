"""What was tried on the attributes' frozen features: classical heads, and a search for the perceptron's numbers."""
