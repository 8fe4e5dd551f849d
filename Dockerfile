# One image for every process of Trapwatch; the command decides which one runs.
# Packages come from requirements-runtime.lock, versions and hashes included.

FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/trapwatch
WORKDIR /src
# The lock alone first: it changes less often than the code, so this layer is mostly reused.
COPY requirements-runtime.lock ./
RUN /opt/trapwatch/bin/pip install --require-hashes --only-binary :all: -r requirements-runtime.lock
COPY pyproject.toml README.md ./
COPY core core
COPY ingest ingest
COPY alerts alerts
COPY api api
COPY simulators simulators
COPY migrations migrations
COPY bench bench
COPY scoring scoring
COPY trapwatch trapwatch
RUN /opt/trapwatch/bin/pip install --no-deps --no-build-isolation --no-index .

FROM python:3.13-slim-trixie
RUN groupadd --system --gid 10001 trapwatch \
    && useradd --system --uid 10001 --gid trapwatch --home-dir /nonexistent --shell /usr/sbin/nologin trapwatch \
    && install -d -o trapwatch -g trapwatch /var/lib/trapwatch/blobs
COPY --from=build /opt/trapwatch /opt/trapwatch
ENV PATH=/opt/trapwatch/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /
EXPOSE 8000
# For the API. The workers are asked on their metrics port instead: see compose.yaml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('TRAPWATCH_API__PORT', '8000') + '/healthz', timeout=4)"]
ENTRYPOINT ["trapwatch"]
CMD ["api"]
