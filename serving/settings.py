"""The settings of a service, read from the environment once, at the command line or in `create_app`."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from web.logs import LogFormat

Provider = Literal["cpu", "cuda", "tensorrt", "auto"]
Profile = Literal["all", "permissive"]

_CHECKOUT_MODELS = Path(__file__).resolve().parent.parent / "models"


class ServiceSettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    models: Path = Field(
        default=_CHECKOUT_MODELS, description="the folder with manifest.json and the .onnx files"
    )
    profile: Profile = Field(
        default="all",
        description="which models; permissive: only those whose weights and training data allow commercial use as far as "
        "is known, tasks without one are not served (docs/licences.md)",
    )
    provider: Provider = Field(
        default="auto", description="where the model runs; cuda refuses to start without CUDA"
    )
    device_id: int = Field(default=0, ge=0, description="which GPU")
    gpu_memory_mib: int = Field(
        default=0, ge=0, description="cap of the CUDA arena, 0 for none: several services can share a GPU"
    )
    tensorrt_cache: Path | None = Field(
        default=None, description="where TensorRT keeps its engines between starts"
    )
    threads: int = Field(
        default=0,
        ge=0,
        description="cores for the models on a CPU, for one run alone or as many side by side; 0 takes every core",
    )
    max_batch: int = Field(
        default=4,
        ge=1,
        le=256,
        # On a CPU four faces at once are the cheapest: what larger batches hold between layers falls out of its cache
        # (keypoints 7.6 ms a face at 4, 11.4 at 32; embedder 5.8 and 8.0). GPUs gain up to 32.
        description="most items in one run of the model; 32 suits a GPU",
    )
    max_queue: int = Field(default=256, ge=1, description="items that may wait; more are rejected with 429")
    max_upload_bytes: int = Field(default=20 * 1024 * 1024, ge=1, description="largest picture file")
    max_pixels: int = Field(
        default=40_000_000, ge=1, description="largest picture, checked before it is decoded"
    )
    decode_budget_mib: int = Field(
        default=512,
        ge=16,
        description="memory that pictures may take while they are decoded, all together; one that alone takes more is refused",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: LogFormat = Field(default="json", description="`json` for machines, `console` for people")
