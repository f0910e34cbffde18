"""The services: one folder per task, each callable alone and by the gateway."""
