"""Copy one task's models, golden answers and cards, with a manifest reduced to them: `pick_model.py TASK FROM TO`."""

import json
import shutil
import sys
from pathlib import Path


def main(task: str, source: Path, target: Path) -> None:
    """Exit with the reason when the manifest names no such model."""
    manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    models = manifest["models"]
    if task not in models:
        sys.exit(f"{source / 'manifest.json'} names no model for {task!r}")
    # A task may have further models beside the default, such as detector-mtcnn.
    chosen = {name: entry for name, entry in models.items() if name == task or name.startswith(f"{task}-")}
    target.mkdir(parents=True)
    for entry in chosen.values():
        for name in (entry["file"], entry["golden"], entry["card"]):
            shutil.copyfile(source / name, target / name)
    permissive = {name: entry for name, entry in manifest.get("permissive", {}).items() if name == task}
    reduced = json.dumps({"models": chosen, "permissive": permissive}, indent=2)
    (target / "manifest.json").write_text(f"{reduced}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
