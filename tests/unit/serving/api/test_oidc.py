"""Signing in through an identity provider, a small one in this process."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Form, Request
from joserfc import jwt
from joserfc.jwk import RSAKey

from model.errors import NotSignedIn
from serving.api import oidc

ISSUER = "https://id.studio.example"
HUSH = "hush"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)


class Provider:
    """An identity provider that signs in whoever comes as ``claims`` say."""

    def __init__(self) -> None:
        self.published = self.key = new_key()
        self.claims: dict[str, Any] = {"sub": "ada", "name": "Ada Brook", "email": "ada@film.example"}
        self.asked: dict[str, str] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.configuration)
        self.app.get("/keys")(self.keys)
        self.app.post("/token")(self.token)

    def configuration(self) -> dict[str, str]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.published.as_dict(private=False)]}

    async def token(self, request: Request, code: str = Form(), code_verifier: str = Form()) -> dict[str, Any]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        assert code == "the-code"
        assert challenge == self.asked["code_challenge"]
        assert request.headers["authorization"].startswith("Basic ")
        now = int(time.time())
        said = {"iss": ISSUER, "aud": "cuelight", "iat": now, "exp": now + 60, "nonce": self.asked["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, said | self.claims, self.key)
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def signing(opened: Callable[..., Any], provider: Provider) -> Any:
    """A world whose people sign in elsewhere."""
    world = opened(oidc_issuer=ISSUER, oidc_client="cuelight", oidc_secret=HUSH, public_url="http://127.0.0.1:8327")
    real = world.service.issuer.client
    world.service.issuer.client = lambda **said: real(**{"transport": httpx.ASGITransport(provider.app), **said})
    return world


def come_back(world: Any, provider: Provider, **changed: str) -> Any:
    """Begin, be signed in there, and come back."""
    begun = world.client.get("/v1/session/oidc", follow_redirects=False)
    assert begun.status_code == 302
    assert begun.headers["location"].startswith(f"{ISSUER}/authorize?")
    provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert provider.asked["redirect_uri"] == "http://127.0.0.1:8327/v1/session/oidc/callback"
    assert provider.asked["code_challenge_method"] == "S256"
    query = {"state": provider.asked["state"], "code": "the-code"} | changed
    return world.client.get("/v1/session/oidc/callback", params=query, follow_redirects=False)


def test_whoever_is_signed_in_there_is_here(signing: Any, provider: Provider) -> None:
    answer = come_back(signing, provider)
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("cuelight_8327="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    session = signing.client.get("/v1/session").json()
    assert (session["name"], session["admin"], session["projects"]) == ("Ada Brook", False, [])
    again = come_back(signing, provider)
    assert again.status_code == 302
    assert signing.client.get("/v1/session").json()["id"] == session["id"]


@pytest.mark.parametrize(("verified", "same"), [(True, True), (False, False), ("true", False)])
def test_somebody_expected_is_recognised_by_a_verified_address(
    signing: Any, provider: Provider, api: Any, verified: object, same: bool
) -> None:
    provider.claims = {"sub": "d", "email": "Director@film.example", "email_verified": verified}
    come_back(signing, provider)
    assert (signing.client.get("/v1/session").json()["id"] == api.PEOPLE["director"]) is same


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"iss": "https://elsewhere.example"},
        {"exp": int(time.time()) - 600},
        {"sub": None},
    ],
)
def test_a_token_that_does_not_hold_signs_nobody_in(signing: Any, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims |= claims
    answer = come_back(signing, provider)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_another_key_signs_nobody_in_but_a_new_one_of_theirs_does(signing: Any, provider: Provider) -> None:
    assert come_back(signing, provider).status_code == 302
    provider.published = provider.key = new_key()
    assert come_back(signing, provider).status_code == 302  # their keys are fetched again
    provider.key = new_key()
    assert come_back(signing, provider).status_code == 401


@pytest.mark.parametrize("changed", [{"state": "guessed"}, {"code": ""}, {"state": ""}])
def test_a_way_back_that_was_not_begun_here_leads_nowhere(
    signing: Any, provider: Provider, changed: dict[str, str]
) -> None:
    assert come_back(signing, provider, **changed).status_code == 401


def test_another_browser_cannot_use_it(signing: Any, provider: Provider) -> None:
    begun = signing.client.get("/v1/session/oidc", follow_redirects=False)
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    signing.client.cookies.clear()
    query = {"state": state, "code": "the-code"}
    assert signing.client.get("/v1/session/oidc/callback", params=query).status_code == 401


@pytest.mark.parametrize("cookie", ["", ".", "x.y", "e30=." + "0" * 64, "\u00e9.\u00e9"])
def test_only_what_was_sealed_here_counts(signing: Any, cookie: str) -> None:
    with pytest.raises(NotSignedIn):
        signing.service.issuer.resume(cookie, "state")


def test_a_sign_in_that_took_too_long_or_was_meant_for_another_is_over(
    signing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = signing.service.issuer
    begun, kept = issuer.begin()
    assert issuer.resume(kept, begun.state) == begun
    with pytest.raises(NotSignedIn):
        issuer.resume(kept, issuer.begin()[0].state)
    monkeypatch.setattr(oidc, "UNDER_WAY_S", -1.0)
    old, kept = issuer.begin()
    with pytest.raises(NotSignedIn):
        issuer.resume(kept, old.state)


def test_a_provider_that_does_not_answer_is_our_trouble_not_yours(signing: Any) -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    real = signing.service.issuer.client
    signing.service.issuer.client = lambda **said: real(**{**said, "transport": httpx.MockTransport(refuse)})
    answer = signing.client.get("/v1/session/oidc", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "service-busy")


def test_the_page_is_told_where_to_sign_in(signing: Any, world: Any) -> None:
    assert signing.client.get("/v1/session").json()["sign_in"] == "/v1/session/oidc"
    assert world.client.get("/v1/session").json()["sign_in"] is None
