"""What the services of one process share: the cores for the models' runs, and the memory for pictures."""

from serving.cores import Cores
from serving.loading import cores_of
from serving.pictures.decoding import PATIENCE_SECONDS, Decoding
from serving.settings import ServiceSettings


class Machine:
    """This process's share of a machine."""

    def __init__(self, settings: ServiceSettings, *, patience: float | None = PATIENCE_SECONDS) -> None:
        """`patience`: the seconds that a picture waits for memory; None waits as long as it takes."""
        self.cores = Cores(cores_of(settings))
        self.decoding = Decoding(
            budget_mib=settings.decode_budget_mib, threads=cores_of(settings), patience=patience
        )
