"""Who asks: `Authorization: Bearer <token>` (or `Token <token>`)."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kunming_portal.accounts.models import User
from kunming_portal.api.models import ApiToken
from kunming_portal.api.tokens import may_hold, note_use

SCHEMES = (b"bearer", b"token")


class TokenAuthentication(BaseAuthentication):
    """Tokens of knox's making, checked anew with every request.

    Refuses an unknown, revoked or ended token with one and the same sentence, and a holder who is switched
    off or no longer holds a role with API access. An ended token stays listed for its holder, unlike knox,
    which deletes it on sight. Two queries for the token and the appointments, one update a minute.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the holder and the token; None when the request carries none."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in SCHEMES:
            return None
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            raise AuthenticationFailed(
                _("Tokens are accepted over HTTPS only. Revoke this one: it was sent in clear.")
            )
        if len(words) != 2:
            raise AuthenticationFailed(_("Write: Authorization: Bearer, a space, the token."))
        token = self._find(words[1])
        if token is None or not token.is_valid(timezone.now()):
            raise AuthenticationFailed(_("This token is unknown, revoked or at its end."))
        if not may_hold(token.user):
            raise AuthenticationFailed(
                _("The holder of this token does not hold a role that may use the API.")
            )
        note_use(token, now=timezone.now())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that makes DRF answer 401."""
        return 'Bearer realm="api"'

    def _find(self, word: bytes) -> ApiToken | None:
        try:
            text = word.decode("ascii")
        except UnicodeDecodeError:
            return None
        # found by the hash itself: an index lookup on a 512-bit hash tells an attacker nothing by its time
        found: ApiToken | None = (
            ApiToken.objects.select_related("user").filter(digest=hash_token(text)).first()
        )
        return found
