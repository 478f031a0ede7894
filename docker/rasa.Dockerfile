# syntax=docker/dockerfile:1
# Rasa's understanding alone, trained from the words of the skills while the image is built.
FROM python:3.10-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_CACHE_DIR=/cache/pip \
    RASA_TELEMETRY_ENABLED=false

# make is what the next step calls.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /encore
COPY Makefile ./
COPY scripts ./scripts
COPY nlu ./nlu
COPY assistant ./assistant
COPY skills ./skills
COPY models/understanding ./models/understanding
COPY models/word-classes ./models/word-classes
RUN --mount=type=cache,target=/cache make rasa

RUN useradd --uid 1000 --create-home encore
USER 1000
EXPOSE 5005
# Every address of its own container: the compose file gives it a network without a way out.
CMD ["/encore/nlu/.venv/bin/python", "-m", "scripts.serve_rasa", "--interface", "0.0.0.0"]
