# voicebot's bridge for other programs: speech, chat and calls behind tokens.
#
#   docker build -f docker/gateway.Dockerfile -t voicebot-gateway .
#   docker run -p 8080:8080 -v voicebot-data:/data -v "$PWD/tokens:/run/tokens:ro" voicebot-gateway
#
# /run/tokens/tokens.yaml says who may do what (docs/gateway.md). Mount the folder, not the file: a file that is replaced
# is seen only through its folder. Clients that reach it by a name need that name in VOICEBOT_WEB__ALLOWED_HOSTS.
FROM python:3.11-slim

ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

WORKDIR /opt/voicebot
COPY pyproject.toml README.md LICENSE NOTICE config.example.yaml ./
COPY voicebot voicebot
COPY lambdas lambdas
COPY lex_bots lex_bots
COPY connect_flows connect_flows
COPY scenarios scenarios
RUN pip install '.[web,aws,gpt,fish]'

RUN useradd --create-home --uid 10001 voicebot && mkdir /data && chown voicebot /data
USER voicebot
VOLUME /data
ENV VOICEBOT_DATA_DIR=/data VOICEBOT_GATEWAY_SERVER__TOKENS_FILE=/run/tokens/tokens.yaml

EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz')"]
STOPSIGNAL SIGTERM
# Without tokens it says so and exits with 3.
CMD ["voicebot", "serve", "--gateway", "--host", "0.0.0.0", "--port", "8080"]
