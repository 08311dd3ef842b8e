"""A comparison as one HTML page that needs nothing beside itself."""

import base64
from collections.abc import Callable, Sequence
from html import escape

from voicebot.audio.wav import wav_bytes
from voicebot.tts.compare import Comparison, Figures
from voicebot.tts.compare_image import HEIGHT, WIDTH, spectrogram_png

COLUMNS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("engine", lambda of: of.engine),
    ("first audio", lambda of: _with_unit(of.first_audio_s, 1000, ".0f", "ms")),
    ("total", lambda of: _with_unit(of.total_s, 1, ".2f", "s")),
    ("duration", lambda of: _with_unit(of.duration_s, 1, ".2f", "s")),
    ("rate", lambda of: _with_unit(of.sample_rate_hz, 1, ".0f", "Hz")),
    ("loudness", lambda of: _with_unit(of.loudness_lufs, 1, ".1f", "LUFS")),
    ("peak", lambda of: _with_unit(of.peak_dbfs, 1, ".1f", "dBFS")),
    ("above 3.4 kHz", lambda of: _with_unit(of.above_telephone_band, 100, ".1f", "%")),
    ("price", lambda of: "" if of.problem else _price(of.price_usd)),
)
"""The title of each column, and its text for an engine."""


def row(figures: Figures) -> tuple[str, ...]:
    """Return an engine's figures as texts in the order of `COLUMNS`."""
    return tuple(text(figures) for _, text in COLUMNS)


def page(text: str, results: Sequence[Comparison]) -> str:
    """Return the page: the figures, and a player and a spectrogram for each engine."""
    head = "".join(f"<th>{escape(title)}</th>" for title, _ in COLUMNS)
    body = "".join(_table_row(result.figures) for result in results)
    sounds = "".join(_sound(result) for result in results)
    return _PAGE.format(text=escape(text), head=head, body=body, sounds=sounds)


def _table_row(figures: Figures) -> str:
    if figures.problem is not None:
        return (
            f'<tr><td>{escape(figures.engine)}</td><td colspan="{len(COLUMNS) - 1}">{escape(figures.problem)}</td></tr>'
        )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row(figures)) + "</tr>"


def _sound(result: Comparison) -> str:
    if result.clip is None:
        return ""
    name = escape(result.figures.engine)
    sound = base64.b64encode(wav_bytes(result.clip)).decode()
    image = base64.b64encode(spectrogram_png(result.clip)).decode()
    scale = f"0 to {result.clip.sample_rate_hz / 2000:g} kHz, {result.clip.duration_s:.1f} s"
    return (
        f'<section><h2>{name}</h2><audio controls src="data:audio/wav;base64,{sound}"></audio>'
        f'<figure><img width="{WIDTH}" height="{HEIGHT}" alt="spectrogram of {name}" src="data:image/png;base64,{image}">'
        f"<figcaption>{scale}; a tick is 1 kHz, or 1 s; the dots are at 3.4 kHz, where a telephone ends</figcaption>"
        "</figure></section>"
    )


def _with_unit(value: float | None, factor: float, form: str, unit: str) -> str:
    return "" if value is None else f"{value * factor:{form}} {unit}"


def _price(price_usd: float | None) -> str:
    return "?" if price_usd is None else f"${price_usd:.5f}" if price_usd else "free"


_PAGE = """<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>voicebot voices compare</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #ccc; padding: .3rem .6rem; text-align: right; }}
th:first-child, td:first-child, td[colspan] {{ text-align: left; }}
audio, img {{ display: block; margin: .5rem 0; max-width: 100%; }}
img {{ height: auto; }}
figure {{ margin: 0; }}
figcaption {{ color: #555; font-size: .9rem; }}
</style>
<h1>voices compare</h1>
<blockquote>{text}</blockquote>
<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>
{sounds}
</html>
"""
