"""The former home of events; `model_service.events.event` is kept for one release."""
