# Agent, coordinator and command line in one image. Where there is no registry, name a base image of your own:
#   docker build --build-arg NODE_IMAGE=my/node:24 -t stillpoint:local .
ARG NODE_IMAGE=node:24-bookworm-slim

# What runs, and no more: no compilers, no tests, and Node only once, the base image's own.
FROM ${NODE_IMAGE} AS app
WORKDIR /opt/stillpoint
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund
COPY proto/ proto/
COPY runtime/ runtime/
COPY agent/ agent/
COPY coordinator/ coordinator/
COPY examples/ examples/
COPY cli/ cli/

FROM ${NODE_IMAGE}
# for `stillpoint certs init`
RUN command -v openssl || (apt-get update && apt-get install -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*)
COPY --from=app /opt/stillpoint /opt/stillpoint
RUN ln -s /opt/stillpoint/cli/stillpoint.js /usr/local/bin/stillpoint \
 && mkdir -p /data /certs /opt/stillpoint/node_modules/.cache/stillpoint \
 && chown 999:999 /data /certs /opt/stillpoint/node_modules/.cache/stillpoint
# An agent must own the files that it links: this is the user of the databases in the official images of Redis, MariaDB and
# PostgreSQL. With another one's image say `user:`, or runAsUser.
USER 999:999
# Compiled here, once: halves the time that each start, command and health check takes. All of it: for one module that is not,
# Node loads a compiler of 14 MiB. The program itself compiles cli/main.
RUN cd /opt/stillpoint && node --input-type=module --eval ' \
  import { tuneNode } from "/opt/stillpoint/cli/tune-node.js"; \
  tuneNode(); \
  const client = ["cli/program", "cli/session", "cli/coordinator-client", "proto/ask-health"]; \
  const services = ["runtime/load-config", "runtime/log", "agent/config", "agent/main", "coordinator/config", "coordinator/main"]; \
  const agencies = ["coordinator/agency/etcd-store", "coordinator/agency/embedded-store"]; \
  for (const part of [...client, ...services, ...agencies]) await import(`/opt/stillpoint/${part}.ts`);' \
 && stillpoint --version
# The service answers probes there, and `stillpoint health` asks there.
ENV NODE_ENV=production STILLPOINT_HEALTH_LISTEN=127.0.0.1:7422
HEALTHCHECK --interval=5s --timeout=5s --start-period=5s --retries=3 CMD ["stillpoint", "health"]
ENTRYPOINT ["stillpoint"]
CMD ["--help"]
