"""The one composition root: builds each service from the settings when it is first asked for.

Each room of this package is a class that builds one kind of service; its bases are the rooms whose services it uses.
Imports stand inside the properties because a process pays only for what it uses: a handler that plays clips never
loads an engine, and a command that reads a table never loads audio.
"""

from voicebot.client.calls import Calls
from voicebot.client.deploy import Deploy


class Voicebot(Calls, Deploy):
    """Everything voicebot can do, on one backend."""
