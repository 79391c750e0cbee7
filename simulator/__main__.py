"""Run the command line: ``python -m simulator``."""

import sys

if __name__ == "__main__":
    try:
        from simulator.cli import main  # inside, because the imports are most of a short command's time

        main(prog_name="python -m simulator")
    except KeyboardInterrupt:  # during the imports; once the command runs, `workbench.console` sees to it
        sys.stderr.write("Stopped before it began; nothing was written.\n")
        sys.exit(130)
