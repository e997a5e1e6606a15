# One image for the server (the default), the worker (dist/apps/worker/main.js) and the command line
# (dist/apps/cli/main.js).

FROM node:22-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY libs libs
COPY src src
COPY apps apps
RUN npm run build

FROM node:22-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:22-slim
# Nothing here builds or installs anything.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && install -d -o node -g node -m 0700 /var/lib/ardoise/data /var/lib/ardoise/keys
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY policies policies
ENV NODE_ENV=production \
    ARDOISE_DATA=/var/lib/ardoise/data \
    ARDOISE_KEYS=/var/lib/ardoise/keys
USER node
# Apart, so that no backup holds the data and the key that seals them.
VOLUME ["/var/lib/ardoise/data", "/var/lib/ardoise/keys"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "dist/src/main.js"]
