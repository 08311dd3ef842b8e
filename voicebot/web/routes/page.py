"""The page and what it is made of, from the package."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent.parent / "page"


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    def page() -> FileResponse:
        """Return the page."""
        return FileResponse(FOLDER / "index.html", headers={"Cache-Control": "no-cache"})

    router.routes.append(Mount("/static", StaticFiles(directory=FOLDER)))
    return router
