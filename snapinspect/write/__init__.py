"""What is written: YAML, JSON, tables, a tree of files; a writer each."""
