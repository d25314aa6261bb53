"""Temporary etcds: a snapshot is restored into one, and read from it as from any live etcd."""
