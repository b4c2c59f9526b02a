# Builds the program, then leaves everything but Node and the program behind.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json rolldown.config.ts ./
COPY src src
RUN npm run bundle

FROM node:24-slim
LABEL org.opencontainers.image.title="dapr-shared-admission" \
      org.opencontainers.image.description="Points pods at their Dapr Shared instance at admission, and refuses what cannot work" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/dist .
COPY LICENSE .
# a user of no other image, so that nothing on the node belongs to it
USER 65532:65532
EXPOSE 8443 8080
# a small young generation costs no speed here and saves 100 MB under load; collecting when the heap has grown by half,
# not when it has doubled, saves 50 MB while 50,000 pods are listed
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=50", "--disable-proto=delete", "/app/dapr-shared.mjs"]
CMD ["serve", "--cluster"]
