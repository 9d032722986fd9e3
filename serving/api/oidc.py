"""Signing in through the house's own identity provider: OpenID Connect, code flow with PKCE.

Only where an issuer is configured. What is under way lies in a sealed cookie of the browser that began it, for some
minutes, so nobody can fill anything up here. The token is checked for its signature, issuer, audience, time and nonce.
Whoever comes is known by issuer and subject; somebody an administrator has let in before is recognised by a verified
address.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from model.errors import NotFound, NotSignedIn, ServiceBusy, ServiceError
from serving.api.access import client_address
from serving.api.routes.session import SESSION_S, begin_session, set_cookie
from serving.api.service import Service, Svc
from serving.problems import answers
from serving.store.tables import Account

UNDER_WAY_S = 600.0
TIMEOUT_S = 10.0
SCOPE = "openid profile email"
COOKIE = "cuelight_oidc"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
HERE = "/v1/session/oidc"

router = APIRouter(tags=["session"])


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way; ``ends`` on the clock of this process that cannot jump."""

    state: str
    nonce: str
    verifier: str
    ends: float


@dataclass(slots=True)
class Issuer:
    """The identity provider, as its discovery document tells; ``client`` makes what talks to it."""

    client: Callable[..., Any]
    seal: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    keys: dict[str, Any] = field(default_factory=dict[str, Any])

    def begin(self) -> tuple[Begun, str]:
        """Begin a sign-in; return it, and as the browser keeps it."""
        begun = Begun(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(48),
            time.monotonic() + UNDER_WAY_S,
        )
        text = base64.urlsafe_b64encode(json.dumps(asdict(begun)).encode()).decode()
        return begun, f"{text}.{self._seal_text(text)}"

    def resume(self, cookie: str, state: str) -> Begun:
        """Read what the browser kept; raises NotSignedIn if it is not ours, another's, or too old."""
        text, _, seal = cookie.rpartition(".")
        if not secrets.compare_digest(seal.encode(), self._seal_text(text).encode()):
            raise NotSignedIn("This sign-in was not begun here.", hint="Sign in again.")
        begun = Begun(**json.loads(base64.urlsafe_b64decode(text)))
        if not secrets.compare_digest(begun.state.encode(), state.encode()) or begun.ends < time.monotonic():
            raise NotSignedIn("This sign-in took too long, or another was begun since.", hint="Sign in again.")
        return begun

    def _seal_text(self, text: str) -> str:
        return hmac.new(self.seal, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


@router.get(
    "/session/oidc",
    operation_id="signInElsewhere",
    summary="Sign in through the house's identity provider",
    status_code=302,
    response_class=Response,
    responses=answers(NotFound, ServiceBusy) | {302: {"description": "To the identity provider."}},
    openapi_extra={"security": []},
)
async def sign_in_elsewhere(service: Svc, request: Request) -> Response:
    """Go to the identity provider; it sends the browser back."""
    service.rates.count(client_address(request))
    issuer = _issuer(service)
    async with _client(service, issuer, request) as client:
        await _discover(service, issuer, client)
        begun, kept = issuer.begin()
        url, _ = client.create_authorization_url(
            issuer.facts["authorization_endpoint"], state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
        )
    answer = RedirectResponse(url, 302, {"Cache-Control": "no-store"})
    secure = service.settings.public_url.startswith("https:")
    # Lax: the provider's redirect back comes from another site, and must bring it along
    answer.set_cookie(COOKIE, kept, int(UNDER_WAY_S), path=HERE, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get(
    "/session/oidc/callback",
    operation_id="signedInElsewhere",
    summary="Come back from the identity provider",
    status_code=302,
    response_class=Response,
    responses=answers(NotFound, NotSignedIn, ServiceBusy) | {302: {"description": "To the page, signed in."}},
    openapi_extra={"security": []},
)
async def finish_sign_in(
    service: Svc,
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Exchange the code for who somebody is, and begin their session."""
    service.rates.count(client_address(request))
    issuer = _issuer(service)
    if not code or not state:
        raise NotSignedIn("The identity provider did not sign you in.", hint="Sign in again.")
    begun = issuer.resume(request.cookies.get(COOKIE, ""), state)
    claims = await _claims(service, issuer, request, begun, code)
    secret = await run_in_threadpool(_begin, service, claims)
    answer = RedirectResponse("/", 302)
    set_cookie(service, answer, secret, SESSION_S)
    answer.delete_cookie(COOKIE, path=HERE)
    return answer


def open_issuer() -> Issuer:
    """Make what talks to the identity provider; raises ServiceError if the extra is not installed."""
    try:
        with warnings.catch_warnings(record=True):  # authlib would like a successor of httpx that there is not yet
            from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
    except ImportError as error:
        raise ServiceError("OpenID Connect is not installed.", hint="pip install 'cuelight[oidc]'") from error
    return Issuer(AsyncOAuth2Client)


def _issuer(service: Service) -> Issuer:
    if service.issuer is None:
        raise NotFound("No identity provider is configured.", hint="Sign in with the link that the service printed.")
    issuer: Issuer = service.issuer
    return issuer


def _client(service: Service, issuer: Issuer, request: Request) -> Any:
    settings = service.settings
    return issuer.client(
        client_id=settings.oidc_client,
        client_secret=settings.oidc_secret.get_secret_value() or None,
        redirect_uri=f"{service.address(request)}{HERE}/callback",
        scope=SCOPE,
        code_challenge_method="S256",
        timeout=TIMEOUT_S,
    )


async def _discover(service: Service, issuer: Issuer, client: Any) -> None:
    """Read where the provider's endpoints are, once, and check that it is who we think."""
    if issuer.facts:
        return
    wanted = service.settings.oidc_issuer.rstrip("/")
    facts = await _fetch(client, f"{wanted}/.well-known/openid-configuration")
    if str(facts.get("issuer", "")).rstrip("/") != wanted:
        raise ServiceBusy("The identity provider says to be another.", hint="Check CUELIGHT_OIDC_ISSUER.")
    issuer.keys = await _fetch(client, facts["jwks_uri"])
    issuer.facts = facts


async def _fetch(client: Any, url: str) -> dict[str, Any]:
    import httpx

    try:
        answer = await client.request("GET", url, withhold_token=True)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ServiceBusy("The identity provider does not answer.", hint="Try again in a moment.") from error
    return found


async def _claims(service: Service, issuer: Issuer, request: Request, begun: Begun, code: str) -> dict[str, Any]:
    """Exchange the code, and check the token it brings."""
    import httpx
    from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]

    async with _client(service, issuer, request) as client:
        await _discover(service, issuer, client)
        try:
            token = await client.fetch_token(issuer.facts["token_endpoint"], code=code, code_verifier=begun.verifier)
        except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
            raise NotSignedIn("The identity provider did not take the code.", hint="Sign in again.") from error
        text = str(token.get("id_token", ""))
        try:
            return _verify_token(service, issuer, begun, text)
        except NotSignedIn:  # the provider may have changed its keys
            issuer.keys = await _fetch(client, issuer.facts["jwks_uri"])
            return _verify_token(service, issuer, begun, text)


def _verify_token(service: Service, issuer: Issuer, begun: Begun, text: str) -> dict[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    rules = jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": issuer.facts["issuer"]},
        aud={"essential": True, "value": service.settings.oidc_client},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": begun.nonce},
    )
    try:
        token = jwt.decode(text, KeySet.import_key_set(issuer.keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        rules.validate(token.claims)
    except (JoseError, ValueError, KeyError) as error:
        raise NotSignedIn("The identity provider's token does not hold.", hint="Sign in again.") from error
    return dict(token.claims)


def _begin(service: Service, claims: dict[str, Any]) -> str:
    with service.database.write() as session:
        person = _person(session, claims)
        _, secret = begin_session(session, person)
    return secret


def _person(session: Session, claims: dict[str, Any]) -> Account:
    """Find who it is, or let them in."""
    subject = f"{claims['iss']} {claims['sub']}"[:400]
    found = session.scalar(select(Account).where(Account.subject == subject))
    email = str(claims.get("email", ""))[:320]
    if found is None and email and claims.get("email_verified") is True:
        expected = select(Account).where(func.lower(Account.email) == email.lower(), Account.subject.is_(None))
        found = session.scalars(expected.limit(1)).first()
    if found is None:
        name = str(claims.get("name") or claims.get("preferred_username") or email or "Somebody")
        found = Account(name=name[:200], email=email)
        session.add(found)
    found.subject = subject
    session.flush()
    return found
