"""The service over gRPC: the same pages, events and checks as over HTTP."""
