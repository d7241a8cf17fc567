/** Specs that drive the built target with programs of other people; `npm run test:real`, one at a time. */
const base = require("./jest.config.js");

module.exports = {
  ...base,
  roots: ["<rootDir>/spec/real"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  testTimeout: 300_000,
  maxWorkers: 1,
};
