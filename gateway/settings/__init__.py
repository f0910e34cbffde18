"""The settings of the gateway, a class for each folder that has some, and the one that holds them all."""
