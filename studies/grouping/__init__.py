"""How well `hexaface group` tells unnamed people apart, and how others' ways do on the same faces."""
