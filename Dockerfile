# greffier, from the lock: `docker run … greffier` is the whole service, `docker run --rm -v "$PWD:/catalogue:ro" greffier
# check` judges a clone. Nothing but /data is ever written: run it with --read-only.
FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/greffier
ENV PATH=/opt/greffier/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /tmp/
RUN pip install --require-hashes --only-binary :all: -r /tmp/requirements.lock
COPY . /tmp/greffier
RUN pip install --no-index --no-deps --no-build-isolation /tmp/greffier && pip uninstall --yes setuptools pip

FROM python:3.11-slim-bookworm
# git reads clones. The newest one of the distribution is wanted, for its security updates.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    # The clone is mounted from outside: it belongs to someone else, and is only read.
    && git config --system --add safe.directory '*' \
    && useradd --system --no-create-home --home-dir /data --uid 10001 greffier \
    && install --directory --owner=10001 --mode=700 /data
COPY --from=build /opt/greffier /opt/greffier
ENV PATH=/opt/greffier/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    GREFFIER_DATA=/data GREFFIER_LISTEN=0.0.0.0:8080 TMPDIR=/data
USER 10001
WORKDIR /catalogue
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["greffier"]
CMD ["serve"]
