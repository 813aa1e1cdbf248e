"""Accounts: the same for everybody who is not signed in. Without a mail server the pages about mail are not there."""

from __future__ import annotations

from tests.playground.roles.cast import World, allow, everybody

OUT = frozenset({"stranger"})  # the one who is signed in
NO_MAIL = everybody(404)

PAGES = {
    ("GET", "account_login"): allow(OUT, yes=302, no=200),
    ("POST", "account_login"): allow(OUT, yes=302, no=200),  # 200: the form again, with what is missing
    ("GET", "account_signup"): allow(OUT, yes=302, no=200),
    ("POST", "account_signup"): allow(OUT, yes=302, no=200),
    ("GET", "account_logout"): allow(OUT, yes=200, no=302),
    ("POST", "account_logout"): everybody(302),
    ("GET", "account_change_password"): allow(OUT, yes=200, no=302),
    ("POST", "account_change_password"): allow(OUT, yes=200, no=302),
} | {
    (method, name): NO_MAIL
    for method in ("GET", "POST")
    for name in (
        "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "account_email_verification_sent", "account_confirm_email",
    )
}  # fmt: skip


def values(name: str, world: World) -> dict[str, str]:
    return {"uidb36": "1", "key": "abc-def"}
