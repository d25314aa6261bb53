"""What ``protos/compile.py`` and ``protos/update.py`` are made of."""
