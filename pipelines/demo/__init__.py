"""The whole loop on the sample world: history, pipelines, served days, orders, and the A/B report."""
