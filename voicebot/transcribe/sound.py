"""A call's audio in numbers."""

from typing import Literal

Track = Literal["customer", "bot"]
"""A side of the call."""

RATE_HZ = 8000
BYTES_PER_S = 2 * RATE_HZ
"""Of one side: 16-bit linear samples, mono."""
