"""``python -m snapinspect``."""

from snapinspect.cli.app import main

main()
