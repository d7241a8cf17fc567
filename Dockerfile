# The image of `docker run -p 3260:3260 -p 3261:3261 twinlun`: one iSCSI disk of 1 GiB, by two
# controllers with a copy each, kept in the volume /data.

FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY lib/node-scsi-cdb/package.json lib/node-scsi-cdb/
# No install scripts: what is needed ships prebuilt, and `prepare` has nothing to build yet. The
# secret, if given, is the registry's configuration of the machine that builds.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.build.json ./
COPY lib lib
RUN npm run build && npm prune --omit=dev --ignore-scripts \
    && find lib dist -name '*.tsbuildinfo' -delete && mkdir data

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/lib/node-scsi-cdb/package.json lib/node-scsi-cdb/
COPY --from=build /build/lib/node-scsi-cdb/dist lib/node-scsi-cdb/dist
COPY --from=build /build/dist dist
COPY --from=build --chown=node:node /build/data /data
USER node
EXPOSE 3260 3261
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s \
    CMD ["node", "dist/node/healthcheck.js", "127.0.0.1:3260"]
ENTRYPOINT ["node", "dist/node/main.js"]
CMD ["serve", "--listen", "0.0.0.0:3260", "--listen", "0.0.0.0:3261", \
    "--store", "file:/data/main.img:1G", "--store2", "file:/data/sub.img:1G", \
    "--admin-socket", "/data/admin.sock"]
