"""The settings as the environment and the secret files it names give them."""

import pytest
from pydantic import ValidationError

from gateway.settings.gateway import GatewaySettings


def test_every_part_reads_its_own_names(monkeypatch):
    monkeypatch.setenv("HEXAFACE_DEADLINE", "7")
    monkeypatch.setenv("HEXAFACE_BULK_PICTURES", "3")
    monkeypatch.setenv("HEXAFACE_RATE_LIMIT", "5/second")
    monkeypatch.setenv("REDIS_URL", "redis://cache")
    monkeypatch.setenv("HEXAFACE_STAGE_TIMEOUT", "4")
    settings = GatewaySettings()
    assert settings.analysis.deadline == 7
    assert settings.identities.bulk_pictures == 3
    assert settings.keys.rate_limit == "5/second"
    assert settings.stores.redis_url == "redis://cache"
    assert settings.upstreams.stage_timeout == 4


def test_secrets_come_from_the_files_that_are_named(monkeypatch, tmp_path):
    (tmp_path / "admin").write_text("an-admin-key-of-length\n")
    (tmp_path / "password").write_text("a p@ss\n")
    monkeypatch.setenv("HEXAFACE_ADMIN_KEY_FILE", str(tmp_path / "admin"))
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://hexaface@db/hexaface")
    settings = GatewaySettings()
    assert settings.keys.admin_key.get_secret_value() == "an-admin-key-of-length"
    assert settings.stores.database_url == "postgresql://hexaface:a p%40ss@db/hexaface"


def test_a_secret_file_that_is_missing_or_too_short_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("HEXAFACE_ADMIN_KEY_FILE", str(tmp_path / "admin"))
    with pytest.raises(OSError, match="admin"):
        GatewaySettings()
    (tmp_path / "admin").write_text("short")
    with pytest.raises(ValidationError, match="admin_key"):
        GatewaySettings()
