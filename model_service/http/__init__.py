"""HTTP: a Starlette application with routes, authentication, limits, errors, metrics and OpenAPI."""
