"""What a picture needs to be enrolled, and how many may come at once."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IdentitySettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    chip_key_file: Path | None = Field(
        default=None,
        description="keys that kept chips are sealed with, base64 of 32 bytes each, one per line; the first one seals",
    )
    bulk_pictures: int = Field(default=32, ge=1, le=256, description="pictures in one bulk enrolment")
    # From the tables of docs/identity.md: beyond each limit fewer than nine in ten faces are recognised.
    min_face_size: float = Field(default=22, ge=0, description="quality gate: shorter box side, pixels")
    min_sharpness: float = Field(default=4, ge=0, description="quality gate: variance of the Laplacian")
    max_yaw: float = Field(default=55, gt=0, description="quality gate: degrees to either side")
    max_pitch: float = Field(default=40, gt=0, description="quality gate: degrees up or down")
    max_roll: float = Field(default=60, gt=0, description="quality gate: degrees the head is tilted")
    max_mask: float = Field(
        default=0.6, ge=0, le=1.1, description="quality gate: probability of a mask; 1.1 lets every mask pass"
    )
    min_enrol_score: float = Field(default=0.8, ge=0, le=1, description="quality gate: detection score")
