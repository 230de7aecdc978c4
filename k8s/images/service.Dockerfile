# The image of the ranking service. Build it in the repository's root:
#   docker build --file k8s/images/service.Dockerfile --tag airloom-service:0.1.0 .
# pipeline.Dockerfile shares all layers but the last with it, so that a node stores the libraries once.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
# Where a CPU build of PyTorch is offered; without it Linux gets the one with CUDA, gigabytes larger.
ARG PIP_EXTRA_INDEX_URL
WORKDIR /build
# Which extras of pyproject.toml; `rft` besides fine-tunes the assistant's model (airloom-tune-assistant).
ARG EXTRAS="serve pipelines llm"
COPY pyproject.toml requirements.lock ./
# What pyproject.toml asks for, without the tools of development, in the versions of the lock.
# A proxy's certificate comes as a secret and leaves no trace:  --secret id=ca,src=/path/to/ca.crt
RUN --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
    && python3 -m venv /opt/airloom \
    && python3 -c "import os, tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; e = p['optional-dependencies']; \
       print(*p['dependencies'], *(d for x in os.environ['EXTRAS'].split() for d in e[x]), sep='\n')" | grep -v '^airloom' > packages.txt \
    && /opt/airloom/bin/pip install --no-cache-dir --requirement packages.txt --constraint requirements.lock

FROM ${BASE_IMAGE}
COPY --from=libraries /opt/airloom /opt/airloom
ENV PATH=/opt/airloom/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
WORKDIR /app
COPY airloom airloom
COPY feature_repo feature_repo
COPY model_service model_service
USER 10001:10001
EXPOSE 3000
ENTRYPOINT ["python", "-m", "model_service"]
CMD ["--host", "0.0.0.0", "--port", "3000"]
