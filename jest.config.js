/** One transformer (swc: types are checked by `npm run check`, not here). */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/spec", "<rootDir>/lib/node-scsi-cdb/spec"],
  testMatch: ["**/*.spec.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: { "^node-scsi-cdb$": "<rootDir>/lib/node-scsi-cdb/src/index.ts" },
  testPathIgnorePatterns: ["/node_modules/", "/dist/", "<rootDir>/spec/real/"],
};
