"""Sign up, sign in, sign out, and the pages about passwords. Those that need mail are not there without a mail server."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, re_path
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponseBase]


def form(view: View) -> View:
    return require_http_methods(["GET", "POST"])(view)


def mailed(view: View) -> View:
    """A page that is of no use where no mail can be sent."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.MAIL:
            raise Http404
        return view(request, *args, **kwargs)

    return require_http_methods(["GET", "POST"])(page)


urlpatterns = [
    path("login", form(views.login), name="account_login"),
    path("signup", form(views.signup), name="account_signup"),
    path("logout", form(views.logout), name="account_logout"),
    path("password", form(views.password_change), name="account_change_password"),
    path("reset", mailed(views.password_reset), name="account_reset_password"),
    path("reset/sent", mailed(views.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)$",
        mailed(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("reset/done", mailed(views.password_reset_from_key_done), name="account_reset_password_from_key_done"),
    path("confirm", mailed(views.email_verification_sent), name="account_email_verification_sent"),
    re_path(r"^confirm/(?P<key>[-:\w]+)$", mailed(views.confirm_email), name="account_confirm_email"),
]
