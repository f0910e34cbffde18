"""The services as the gateway sees them: calls, balancing, circuit breakers, what is loaded."""
