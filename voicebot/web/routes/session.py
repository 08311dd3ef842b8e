"""A page that was given the token keeps a cookie instead of it."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from voicebot.web.frame.auth import COOKIE, TOKEN_NAME, Tokens


class SignedIn(BaseModel):
    """Whose token it was; empty when none is needed."""

    name: str


def routes(tokens: Tokens) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/session", tags=["session"])

    @router.post("")
    async def sign_in(request: Request, response: Response) -> SignedIn:
        """Exchange a bearer token for a cookie that only this site's page sends."""
        name = str(getattr(request.state, TOKEN_NAME, ""))
        if name:
            secure = request.url.scheme == "https"
            response.set_cookie(COOKIE, tokens.cookie(name), httponly=True, samesite="strict", secure=secure)
        return SignedIn(name=name)

    @router.delete("", status_code=204)
    async def sign_out(response: Response) -> None:
        """Make the browser forget the cookie."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    return router
