"""Environment names that set a setting, beside VOICEBOT_SECTION__KEY."""

from collections.abc import Mapping

PREFIX = "VOICEBOT_"
"""Before the name of any key: VOICEBOT_<SECTION>__<KEY>."""

ENVIRONMENT: Mapping[str, str] = {
    "NIPA_BASE": "gateway.base_url",
    "NIPA_AUTH": "gateway.auth",
    "ELEVEN_BASE": "gateway.eleven_url",
    "ELEVEN_BRAIN_BASE": "gateway.eleven_brain_url",
    "GPT_VOICE_BASE": "gateway.gpt_voice_url",
    "COMPANY_BUCKET": "aws.bucket",
    "COMPANY_REGION": "aws.region",
    "AWS_ENDPOINT_URL": "aws.endpoint_url",
    "CONNECT_REGION": "aws.connect_region",
    "CONNECT_INSTANCE_ID": "aws.connect_instance_id",
    "CACHE_TABLE": "cache.answers_table",
    "INBOX_TABLE": "cache.inbox_table",
    "STREAM_BATCH": "turns.batch_size",
    "STREAM_MAX_CHARS": "tts.first_chunk_max_chars",
    "CHUNK_MAX_CHARS": "tts.chunk_max_chars",
    "FIRST_URL_WAIT_MS": "turns.first_url_wait_ms",
    "OV_SPEED": "tts.openvoice_speed",
    "OV_TGT_SE_PTH": "tts.openvoice_target_embedding",
    "TTS_MODE": "tts.live_engine",
    "TTS_URL": "tts.url",
    "USE_FILLERS": "turns.use_fillers",
    "BATCH_APPROVAL_MODE": "cache.batch_approval",
    "NORMALIZE_KOREAN": "cache.normalize",
    "LOG_LEVEL": "log_level",
    "ELEVENLABS_API_KEY": "keys.elevenlabs",
    "OPENAI_API_KEY": "keys.openai",
    "MINIMAX_API_KEY": "keys.minimax",
    "FISH_API_KEY": "keys.fish",
}
"""Environment names kept from the earlier system and the providers, and the setting each one sets."""

TTS_MODES: Mapping[str, str] = {"openvoice": "openvoice", "fishspeech": "fish"}
"""The two values of TTS_MODE and the engines they stand for."""
