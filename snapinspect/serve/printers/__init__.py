"""What stands in the cells of a table: what the API server's own printers give.

Source: kubernetes ``pkg/printers/internalversion/printers.go``; for custom resources apiextensions-apiserver
``pkg/registry/customresource/tableconvertor/tableconvertor.go``.
"""
