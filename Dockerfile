# One image for every service of compose.yaml; the command decides which it is.
FROM python:3.12-slim AS build
WORKDIR /app
ENV UV_PROJECT_ENVIRONMENT=/app/.venv UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev

FROM python:3.12-slim
RUN useradd --system --create-home --uid 10001 app && mkdir -p /app/var /app/.numba && chown app /app/var /app/.numba
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY manage.py ./
COPY components components
COPY playground playground
COPY worker worker
COPY static static
COPY templates templates
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 LOG_FORMAT=json PLAYGROUND_VAR=/app/var
USER app
# The hashed copies of the static files are part of the image; the key only lets the settings load.
RUN SECRET_KEY=build python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
CMD ["daphne", "-b", "0.0.0.0", "-p", "8000", "playground.asgi:application"]
