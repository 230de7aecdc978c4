"""What `GET /readyz` says: whether pages can be made, by what, and which desired release was rejected."""

from __future__ import annotations

from datetime import datetime

from model_service.api.readiness import NotReady, Ready, Refused
from model_service.release.reloader import ReleaseReloader, Serving


def readiness(reloader: ReleaseReloader) -> Ready | NotReady:
    """Return what serves, since when, and what was rejected and why; or why nothing serves yet."""
    serving = reloader.serving
    if serving is None:
        why, at = reloader.waiting
        return NotReady(why=why, since=_format(at))
    return _describe(serving, reloader)


def _describe(serving: Serving, reloader: ReleaseReloader) -> Ready:
    engine, rejected = serving.engine, reloader.rejected
    overlap_at_10 = {variant: round(share, 3) for variant, share in serving.overlap_at_10.items()}
    return Ready(
        experiment=engine.experiment.name,
        snapshot_digest=engine.snapshot.digest,
        rankers=engine.versions,
        since=_format(serving.since),
        overlap_at_10=overlap_at_10,
        alike=overlap_at_10,
        refused=None if rejected is None else Refused(why=rejected.why, since=_format(rejected.at)),
    )


def _format(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
