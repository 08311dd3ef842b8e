# voicebot's speech server for a host with an NVIDIA GPU and the NVIDIA container toolkit; it runs on a CPU as well.
#
#   docker build -f docker/speech.Dockerfile -t voicebot-speech .
#   docker run --gpus all -p 8000:8000 -v /srv/openvoice:/models:ro -e VOICEBOT_WEB__TOKEN=... voicebot-speech
#
# Clients that reach it by a name (http://speech:8000) need that name in VOICEBOT_WEB__ALLOWED_HOSTS=speech.
# /models holds checkpoints_v2/converter/{config.json,checkpoint.pth} and voices/NAME.pth or NAME.wav. Nothing is downloaded.
FROM python:3.11-slim

# PyTorch's wheels bring CUDA's libraries; the driver comes from the host.
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

WORKDIR /opt/voicebot
COPY pyproject.toml README.md LICENSE NOTICE config.example.yaml ./
COPY voicebot voicebot
COPY lambdas lambdas
COPY lex_bots lex_bots
COPY connect_flows connect_flows
COPY scenarios scenarios
RUN pip install '.[web,openvoice,supertonic,aws,gpt,fish]'

RUN useradd --create-home --uid 10001 voicebot && mkdir /data && chown voicebot /data
USER voicebot
VOLUME /data
ENV VOICEBOT_DATA_DIR=/data \
    VOICEBOT_SPEECH_SERVER__CHECKPOINTS=/models/checkpoints_v2 \
    VOICEBOT_SPEECH_SERVER__VOICES=/models/voices \
    VOICEBOT_SPEECH_SERVER__DEVICE=cuda \
    OV_SPEED=1.5

EXPOSE 8000
# 503 until the converter is loaded.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
# Listening beyond the container needs VOICEBOT_WEB__TOKEN: without it the server says so and exits with 3.
CMD ["voicebot", "serve", "--tts", "--host", "0.0.0.0", "--port", "8000"]
