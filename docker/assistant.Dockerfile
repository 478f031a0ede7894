# syntax=docker/dockerfile:1
# Encore itself, without Rasa. The same commands and locks as on a bare machine.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_CACHE_DIR=/cache/pip \
    UV_CACHE_DIR=/cache/uv \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1

# make is what the next step calls; it brings the rest itself.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /encore
COPY Makefile ./
COPY scripts ./scripts
RUN make setup SETUP_ARGS="--only system --must" \
 && rm -rf /var/lib/apt/lists/*

COPY pyproject.toml requirements.lock LICENSE README.md ./
COPY assistant ./assistant
COPY skills ./skills
COPY models ./models
RUN --mount=type=cache,target=/cache make setup SETUP_ARGS="--only main --must"

# What users save lies in a volume; the program itself is not theirs to change.
RUN useradd --uid 1000 --create-home --home-dir /data --groups audio encore
ENV ENCORE_HOME=/data \
    HOME=/data \
    PATH=/encore/.venv/bin:$PATH
USER 1000
WORKDIR /data
ENTRYPOINT ["/encore/.venv/bin/encore"]
CMD ["chat"]
