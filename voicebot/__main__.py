"""``python -m voicebot``."""

from voicebot.cli.app import main

main()
