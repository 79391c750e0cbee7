"""The worlds of several configurations: one for all that have the same people in their audiences."""

from simulator.config import RunConfig
from simulator.world import World
from workbench.progress import Progress


class Worlds:
    """Worlds that are opened as configurations ask for them.

    Parameters
    ----------
    world : World
        One that is open already; it serves every configuration that fits it.
    """

    def __init__(self, world: World) -> None:
        self._worlds = [world]

    def world_of(self, config: RunConfig, on_progress: Progress) -> World:
        """Return a world that fits a configuration; one that is not there yet is opened, with what others have of it.

        Parameters
        ----------
        config : RunConfig
            Any.
        on_progress : Progress
            Called while a world is opened; raise ``CancelledError`` in it to stop.

        Raises
        ------
        WorkbenchError
            Whatever the universe or an audience is refused for.
        """
        for world in self._worlds:
            if world.fits(config):
                return world
        self._worlds.append(self._worlds[0].opened_anew(config, on_progress))
        return self._worlds[-1]
