"""The embedders by the model each has loaded: a collection is asked about by the one that it is pinned to."""

from collections.abc import Sequence

from contracts.models import ModelDescription, ModelRef
from gateway.upstreams.loaded import LoadedModels
from web.problems import UnavailableError

DEFAULT = "embedder"


class Embedders:
    """One embedder or several; the first one is the default."""

    def __init__(self, names: Sequence[str], loaded: LoadedModels) -> None:
        self._names = names
        self._loaded = loaded

    async def with_digest(self, digest: str) -> str:
        """The name of the embedder with a model; the default one, whose model is another, when none has it.

        Raises UnavailableError when it may be one that cannot be asked.
        """
        if len(self._names) == 1:
            return DEFAULT
        models = {name: await self._loaded.of(name) for name in self._names}
        for name, model in models.items():
            if model is not None and model.digest == digest:
                return name
        if None in models.values():
            raise UnavailableError("an embedder is not ready, and no other one has the model", retry_after=5)
        return DEFAULT

    async def beginning_with(self, digest: str) -> str | None:
        """The name of the embedder whose model's digest begins so; None when there is none."""
        for name in self._names:
            model = await self._loaded.of(name)
            if model is not None and model.digest.startswith(digest):
                return name
        return None

    async def for_new_collections(self) -> tuple[ModelRef, int]:
        """The model that new collections are pinned to, and the numbers in its embeddings. Raises UnavailableError."""
        found = await self._loaded.needed(DEFAULT)
        if found.dimensions is None:
            raise UnavailableError("the embedder does not say how long its embeddings are")
        return found.narrowed(ModelRef), found.dimensions

    async def model(self, name: str) -> ModelDescription:
        """What an embedder has loaded. Raises UnavailableError."""
        return await self._loaded.needed(name)
