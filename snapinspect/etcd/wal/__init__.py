"""etcd's write-ahead log: what a data directory holds beyond its database.

``frames`` reads a segment's records, ``log`` makes raft's entries of them, ``requests`` tells what an entry asks for,
``apply`` what it does to the keys, ``inference`` at which revisions earlier ones did that, and ``store`` puts all of it
on a database.
"""
