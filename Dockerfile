# Builds the program, then leaves everything but Node and the program behind.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) .

# No shell, no npm, no package manager: there is nothing in it to run but Node. Any base with Node 24 will do.
ARG BASE=gcr.io/distroless/nodejs24-debian12:nonroot

# the bundle is the same for every platform: it is made once, on that of the builder
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /dapr-shared-admission
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json rolldown.config.ts ./
COPY scripts/bundle-sbom.ts scripts/
COPY src src
# with sbom.cdx.json, the list of all packages of which there is code in it
RUN npm run bundle

# What V8 has compiled once need not be compiled at every start. Made by the Node, the flags and the user that the image has:
# for any other it would not count.
FROM ${BASE} AS compiled
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
ENV NODE_COMPILE_CACHE=/tmp/compiled
WORKDIR /app
COPY --from=build /dapr-shared-admission/dist .
COPY scripts/fill-compile-cache.ts /tmp/
USER 65532:65532
RUN ["node", "--expose-gc", "--max-semi-space-size=2", "--heap-growing-percent=20", "--disable-proto=delete", "/tmp/fill-compile-cache.ts", "/app/dapr-shared.mjs"]

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=https://github.com/acme/dapr-shared-admission
LABEL org.opencontainers.image.title="dapr-shared-admission"
LABEL org.opencontainers.image.description="Points pods at their Dapr Shared instance at admission, and refuses what cannot work"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="${VERSION}"
LABEL org.opencontainers.image.revision="${REVISION}"
LABEL org.opencontainers.image.source="${SOURCE}"
LABEL io.dapr.shared.sbom="/app/sbom.cdx.json"
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
ENV NODE_ENV=production
ENV NODE_COMPILE_CACHE=/app/compiled
# memory that was freed goes back to the system: measured, 10 MB
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_TRIM_THRESHOLD_=65536
WORKDIR /app
# what was compiled is readable by its maker alone, and not every builder keeps owners
COPY --from=build /dapr-shared-admission/dist .
COPY --from=compiled --chown=65532:65532 /tmp/compiled compiled
COPY LICENSE .
# a user of no other image, so that nothing on the node belongs to it
USER 65532:65532
EXPOSE 8443 8080
# for engines other than Kubernetes, which asks by its own probes
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.DAPR_SHARED_OPS_PORT ?? 8080}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# A small young generation, and collecting when the heap has grown by a fifth, not when it has doubled: docs/operations.md
# tells what that saves. With --expose-gc the program collects once after it has read the cluster.
ENTRYPOINT ["node", "--expose-gc", "--max-semi-space-size=2", "--heap-growing-percent=20", "--disable-proto=delete", "/app/dapr-shared.mjs"]
CMD ["serve", "--cluster"]
