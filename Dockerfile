# The image of Stack: web, runner, worker, beat and all commands, in one small image without a compiler.
#
#     docker build -t stack .          with a registry
#     make image                       without one: deploy/image/build makes the base itself
#
# BASE has Python 3.11 and certificates, BUILDER also venv and pip; both come from the same distribution, because the
# virtual environment made in one runs in the other.
ARG BASE=docker.io/library/python:3.11-slim-bookworm
ARG BUILDER=${BASE}

FROM ${BUILDER} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python3 -m venv /opt/stack
COPY requirements/scale.lock requirements/scale.lock
RUN /opt/stack/bin/pip install -q --no-compile --require-hashes --only-binary :all: -r requirements/scale.lock
COPY pyproject.toml README.md LICENSE ./
COPY stack stack
COPY deploy/image/healthcheck /opt/stack/bin/healthcheck
# What built the wheel is not needed to run it, nor is what installs packages, nor are languages that Stack does not
# speak. Compiled files are trusted as they are: nothing can write new ones, and their times do not survive a layer.
RUN /opt/stack/bin/pip install -q --no-compile --no-deps --no-build-isolation . \
    && /opt/stack/bin/pip uninstall -q -y hatchling editables pathspec pluggy trove-classifiers \
    && /opt/stack/bin/pip check \
    && /opt/stack/bin/pip uninstall -q -y setuptools pip \
    && find /opt/stack -path '*/locale/*' \( -name '*.po' -o -name '*.mo' \) -delete \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/stack/lib \
    && chmod 0755 /opt/stack/bin/healthcheck && chmod -R go-w /opt/stack

FROM ${BASE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Stack" \
      org.opencontainers.image.description="A threat intelligence platform that loses nothing" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# tini is process 1: it hands SIGTERM on, to commands that expect the default action too, and reaps what is left over.
RUN if ! command -v tini >/dev/null; then \
        apt-get update -q && apt-get install -y -q --no-install-recommends tini && rm -rf /var/lib/apt/lists/*; \
    fi \
    && groupadd --gid 10001 stack \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin stack \
    && install -d -o 10001 -g 10001 -m 0700 /data \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=builder /opt/stack /opt/stack
ENV PATH=/opt/stack/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STACK_DATA=/data STACK_MODE=production
USER 10001:10001
WORKDIR /data
# Only these two are written to: the root file system may be read-only.
VOLUME ["/data", "/tmp"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["healthcheck"]
ENTRYPOINT ["tini", "--", "stack"]
CMD ["web", "--host", "0.0.0.0", "--port", "8000"]
