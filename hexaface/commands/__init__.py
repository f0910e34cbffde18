"""The subcommands of `hexaface`, one module each."""
