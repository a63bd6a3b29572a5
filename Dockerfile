# One image for every process of ours; the command names which.
FROM python:3.13-slim AS build
WORKDIR /src
COPY bootstrap.lock requirements.lock ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r bootstrap.lock \
 && /venv/bin/uv pip sync --python /venv/bin/python --require-hashes requirements.lock bootstrap.lock
COPY . .
RUN /venv/bin/python -m hatchling build -t wheel -d /dist \
 && /venv/bin/uv pip install --python /venv/bin/python --no-deps /dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 airlock
COPY --from=build /venv /venv
COPY --from=build /src/web /app/web
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER airlock
WORKDIR /app
ENTRYPOINT ["airlock"]
