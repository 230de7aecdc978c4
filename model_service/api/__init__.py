"""Requests, responses, events and the error body: pydantic models for HTTP, gRPC, OpenAPI and the client."""
