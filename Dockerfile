# greffier, from the lock. Judge a clone: docker run --rm -v "$PWD:/catalogue" greffier check
FROM python:3.11-slim AS build
RUN python -m venv /opt/greffier
ENV PATH=/opt/greffier/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /tmp/
RUN pip install --require-hashes --only-binary :all: -r /tmp/requirements.lock
COPY . /tmp/greffier
RUN pip install --no-index --no-deps --no-build-isolation /tmp/greffier && pip uninstall --yes setuptools pip

FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    # The clone is mounted from outside: it belongs to someone else, and is only read.
    && git config --system --add safe.directory '*' \
    && useradd --system --create-home --uid 10001 greffier
COPY --from=build /opt/greffier /opt/greffier
ENV PATH=/opt/greffier/bin:$PATH PYTHONUNBUFFERED=1
USER greffier
WORKDIR /catalogue
ENTRYPOINT ["greffier"]
CMD ["--help"]
