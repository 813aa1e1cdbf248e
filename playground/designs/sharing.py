"""Links to a design: make one, change what its holders may do, end it. Open sockets follow at once."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from components.problem import Problem
from playground.designs.documents import snapshot
from playground.designs.models import Design, Share
from playground.designs.news import access_changed
from playground.designs.permissions import Role
from playground.limits import SHARES_PER_DESIGN

ROLES = (Role.VIEWER.value, Role.EDITOR.value)
ENDS: dict[str, timedelta | None] = {
    "never": None,
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
END_WORDS = {"never": "No end", "hour": "An hour", "day": "A day", "week": "A week", "month": "30 days"}


def share_create(*, design: Design) -> Share:
    """The link to look at the newest revision: the one that there is already, unless it was revoked."""
    with transaction.atomic():
        Design.objects.select_for_update().get(pk=design.pk)
        plain = Share.objects.filter(Share.open(), design=design, role="viewer", revision=None, expires_at=None)
        return plain.order_by("created_at").first() or Share.objects.create(design=design)


def share_add(
    *, design: Design, role: object = "viewer", revision: int | None = None
) -> tuple[Share | None, list[Problem]]:
    """One more link; with a revision it shows that one for ever, and only to look at."""
    if role not in ROLES:
        return None, [Problem("link", "role", role, f"must be one of {', '.join(ROLES)}")]
    if revision is not None and role != Role.VIEWER.value:
        return None, [Problem("link", "role", role, "must be viewer: a revision does not change")]
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design.pk)
        if revision is not None and not 0 <= revision <= design.revision:
            return None, [Problem("link", "revision", revision, f"must be between 0 and {design.revision}")]
        if Share.objects.filter(Share.open(), design=design).count() >= SHARES_PER_DESIGN:
            return None, [Problem("link", "count", SHARES_PER_DESIGN, "you have as many links as one design may have")]
        if revision is not None:
            snapshot(design, revision)
        return Share.objects.create(design=design, role=str(role), revision=revision), []


def share_change(*, share: Share, role: object = None, ends: object = None) -> list[Problem]:
    """What holders of the link may do, and how long from now; None leaves it. Their open pages follow."""
    if role is not None and (role not in ROLES or (share.revision is not None and role != Role.VIEWER.value)):
        return [Problem("link", "role", role, f"must be one of {', '.join(ROLES)}; viewer for one revision")]
    if ends is not None and ends not in ENDS:
        return [Problem("link", "ends", ends, f"must be one of {', '.join(ENDS)}")]
    if role is not None:
        share.role = str(role)
    if ends is not None:
        after = ENDS[str(ends)]
        share.expires_at = None if after is None else timezone.now() + after
    share.save(update_fields=["role", "expires_at"])
    access_changed(share.design_id)
    return []


def share_end(*, share: Share) -> None:
    """Revokes one link, and closes the sockets of those who came by it."""
    share.revoked_at = timezone.now()
    share.save(update_fields=["revoked_at"])
    access_changed(share.design_id)


def share_revoke(*, design: Design) -> int:
    """Ends all links of a design, and closes the sockets of those who came by them. Returns how many there were."""
    ended = Share.objects.filter(Share.open(), design=design).update(revoked_at=timezone.now())
    access_changed(design.pk)
    return ended


def share_find(token: str) -> Share | None:
    """The share of a token that was not revoked and is not over, with its design."""
    return Share.objects.select_related("design").filter(Share.open(), token=token).first()


def shares_of(design: Design) -> list[Share]:
    """The links that are open, oldest first."""
    return list(Share.objects.filter(Share.open(), design=design).order_by("created_at"))
