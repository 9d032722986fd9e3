"""Signing in and out: the printed link, invitations, share links, cookies, and pages of other sites."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select, update

from serving.api.expiry import forget
from serving.store.tables import Idempotency, Key

OURS = {"Sec-Fetch-Site": "same-origin"}


def sign_in(world: Any, **body: str) -> Any:
    return world.client.post("/v1/session", json=body, headers=OURS)


def test_the_printed_link_signs_in_the_owner_of_this_machine(world: Any, api: ModuleType) -> None:
    answer = sign_in(world, token=api.TOKEN)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "cuelight_8327=cb_" in cookie
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert "Secure" not in cookie
    session = world.client.get("/v1/session").json()
    assert (session["kind"], session["admin"], session["projects"]) == ("person", True, [])
    again = sign_in(world, token=api.TOKEN)  # another browser of the same person
    assert again.json()["id"] == session["id"]
    made = world.client.post("/v1/projects", json={"name": "Mine"}, headers=OURS)
    assert made.status_code == 201
    assert world.client.get("/v1/session").json()["projects"][0]["role"] == "owner"


def test_signing_out_ends_the_session(world: Any, api: ModuleType) -> None:
    sign_in(world, token=api.TOKEN)
    cookie = dict(world.client.cookies)
    assert world.client.delete("/v1/session", headers=OURS).status_code == 204
    world.client.cookies.update(cookie)
    assert world.client.get("/v1/session").status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": "ct_x", "share": "cs_x"}, {"token": "a\u0000b"}, {"token": 5}]
)
def test_what_is_no_token_is_refused(world: Any, body: dict[str, Any]) -> None:
    assert sign_in(world, **body).status_code == 422


@pytest.mark.parametrize("token", ["ct_guess", "cl_owner", "cb_x", "cs_director-link"])
def test_another_token_signs_nobody_in(world: Any, token: str) -> None:
    answer = sign_in(world, token=token)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


def test_without_open_access_no_printed_link_holds(opened: Any, api: ModuleType) -> None:
    assert sign_in(opened(open_access=False), token=api.TOKEN).status_code == 401


def test_a_share_link_becomes_a_session_that_ends_with_it(world: Any, api: ModuleType) -> None:
    answer = sign_in(world, share="cs_director-link").json()
    assert (answer["kind"], answer["role"], answer["name"]) == ("share", "director", "director-link")
    assert [project["name"] for project in answer["projects"]] == ["The Harbour"]
    said = world.client.post(
        f"/v1/reels/{api.REEL}/comments", json={"frame": 3, "text": "Softer?"}, headers=OURS
    ).json()
    assert (said["author"], said["author_role"]) == (api.SHARES["director-link"], "director")
    world.ask("DELETE", f"/v1/projects/{api.PROJECT}/shares/{api.SHARES['director-link']}")
    assert world.client.get(f"/v1/reels/{api.REEL}").status_code == 401


def test_who_is_signed_in_may_look_through_a_share_link_and_stays_themselves(world: Any, api: ModuleType) -> None:
    me = sign_in(world, token=api.TOKEN).json()
    through = world.client.get("/v1/session", headers={"X-Cuelight-Share": "cs_director-link"})
    assert (through.json()["kind"], through.json()["name"], "set-cookie" in through.headers) == (
        "share",
        "director-link",
        False,
    )
    assert world.client.get("/v1/session", headers={"X-Cuelight-Share": "cs_nobody"}).status_code == 401
    assert world.client.get("/v1/session").json()["id"] == me["id"]


def test_an_invitation_holds_once(world: Any, api: ModuleType) -> None:
    person = world.ask("POST", "/v1/people", json={"name": "Ada", "email": "ada@film.example"}).json()["id"]
    invited = world.ask("POST", f"/v1/people/{person}/invitation").json()
    assert invited["url"].endswith(f"/?token={invited['token']}")
    assert world.client.get("/v1/session", headers={"Authorization": f"Bearer {invited['token']}"}).status_code == 401
    assert sign_in(world, token=invited["token"]).json()["name"] == "Ada"
    assert sign_in(world, token=invited["token"]).status_code == 401
    late = world.ask("POST", f"/v1/people/{person}/invitation").json()
    with world.service.database.write() as session:
        session.execute(update(Key).where(Key.name == "Invitation").values(expires=time.time() - 1))
    assert sign_in(world, token=late["token"]).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "http://127.0.0.1:8327"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8327"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_cookie_works_only_from_our_own_page(
    world: Any, api: ModuleType, headers: dict[str, str], status: int
) -> None:
    sign_in(world, token=api.TOKEN)
    assert world.client.post("/v1/projects", json={"name": "Mine"}, headers=headers).status_code == status
    assert world.client.get("/v1/session", headers=headers).status_code == 200  # looking is harmless


def test_a_page_of_another_site_cannot_sign_somebody_in(world: Any, api: ModuleType) -> None:
    answer = world.client.post("/v1/session", json={"token": api.TOKEN}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_behind_a_proxy_its_address_is_ours(opened: Any, api: ModuleType) -> None:
    world = opened(public_url="https://cuelight.studio.example")
    assert "Secure" in sign_in(world, token=api.TOKEN).headers["set-cookie"]
    key = world.ask("POST", "/v1/keys", json={"name": "k", "scopes": ["read"]})
    assert key.status_code == 201
    share = world.ask("POST", f"/v1/projects/{api.PROJECT}/shares", json={"name": "Ada"}).json()
    assert share["url"] == f"https://cuelight.studio.example/#/share/{share['token']}"


def test_only_hashes_are_kept(world: Any, api: ModuleType) -> None:
    sign_in(world, token=api.TOKEN)
    secret = world.ask("POST", "/v1/keys", json={"name": "k", "scopes": ["read"]}).json()["secret"]
    share = world.ask("POST", f"/v1/projects/{api.PROJECT}/shares", json={"name": "Ada"}).json()["token"]
    cookie = world.client.cookies["cuelight_8327"]
    kept = b"".join(path.read_bytes() for path in world.home.glob("cuelight.db*"))
    assert not any(one.encode() in kept for one in (secret, share, cookie, api.TOKEN))
    with world.service.database.read() as session:
        assert all(len(key.secret_sha256) == 64 for key in session.scalars(select(Key)))


def test_a_key_given_again_has_no_secret(world: Any) -> None:
    sent = {"json": {"name": "k", "scopes": ["read"]}, "headers": {"Idempotency-Key": "k-1"}}
    first, again = world.ask("POST", "/v1/keys", **sent), world.ask("POST", "/v1/keys", **sent)
    assert (first.json()["id"], first.json()["secret"][:3]) == (again.json()["id"], "cl_")
    assert (again.status_code, again.json()["secret"], again.headers["idempotent-replay"]) == (201, "", "true")


def test_nobody_gives_what_they_do_not_have(world: Any) -> None:
    secret = world.ask("POST", "/v1/keys", json={"name": "k", "scopes": ["admin"]}).json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    more = world.client.post("/v1/keys", json={"name": "more", "scopes": ["write"]}, headers=headers)
    assert (more.status_code, more.json()["code"]) == (403, "not-allowed")


def test_what_is_over_is_forgotten_in_time(world: Any, api: ModuleType) -> None:
    sign_in(world, token=api.TOKEN)
    world.ask("POST", "/v1/projects", json={"name": "x"}, headers={"Idempotency-Key": "k"})
    farm = world.ask("POST", "/v1/keys", json={"name": "farm", "scopes": ["read"], "expires_in_s": 60}).json()["id"]
    now = time.time()
    for later_s, kept in (
        (0, (1, True, True)),
        (20 * 86_400, (0, True, True)),
        (31 * 86_400, (0, False, False)),
        (60 * 86_400, (0, False, False)),
    ):
        with world.service.database.write() as session:
            forget(session, now + later_s)
        with world.service.database.read() as session:
            answers = len(session.scalars(select(Idempotency)).all())
            browsers = bool(session.scalars(select(Key).where(Key.browser)).all())
            assert (answers, browsers, session.get(Key, farm) is not None) == kept
            assert session.get(Key, api.thing("key")) is not None  # without an end
