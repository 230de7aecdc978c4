"""The pods of the steps on Kubernetes: image, resources, retries, time-out, user, volumes and secrets."""
