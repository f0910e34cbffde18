"""Work on a collection with the embedder that it is pinned to, and what a cosine of that embedder's means."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from contracts.models import ModelDescription
from gateway.identities.calibration import Calibration, calibration_of, needed_calibration
from gateway.identities.collections import check_model
from gateway.parts import Parts
from gateway.stores.tables import CollectionRow
from gateway.upstreams.embedders import DEFAULT

T = TypeVar("T")


@dataclass(frozen=True)
class KnownEmbedder:
    """An embedder by its name among the services, the model that it has loaded, and that model's calibration."""

    name: str
    model: ModelDescription
    calibration: Calibration | None

    def probability(self, cosine: float) -> float:
        """The calibrated probability of the same person, both answers being equally likely; 0 where it is not known.

        Raises InvalidRequestError when the model carries no calibration.
        """
        return needed_calibration(self.calibration).probability(cosine) or 0.0


async def default_embedder(parts: Parts) -> KnownEmbedder:
    """The embedder of what belongs to no collection. Raises UnavailableError."""
    return await _known(parts, DEFAULT)


async def in_collection(
    parts: Parts, tenant: str, collection: str, work: Callable[[CollectionRow, KnownEmbedder], Awaitable[T]]
) -> T:
    """Do `work` with the collection's row and its embedder; again when its pin moved meanwhile.

    Raises NotFoundError, UnavailableError and ModelMismatchError, when no embedder has the collection's model.
    """

    async def pinned(row: CollectionRow, name: str) -> T:
        embedder = await _known(parts, name)
        check_model(row, embedder.model)
        return await work(row, embedder)

    return await parts.pinned.work(tenant, collection, pinned)


async def _known(parts: Parts, name: str) -> KnownEmbedder:
    model = await parts.embedders.model(name)
    return KnownEmbedder(name, model, calibration_of(model))
