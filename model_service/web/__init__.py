"""The service over HTTP: what stands around BentoML."""
