/**
 * For `node --require`: compiles the TypeScript that a process asks for with swc, as jest does, and
 * adds nothing to it. tsx gives every function that is made a name, which costs a simulation.
 */
const Module = require("node:module");
const { join } = require("node:path");
const { transformFileSync } = require("@swc/core");

const CODEC = join(__dirname, "../../lib/node-scsi-cdb/src/index.ts");
const OPTIONS = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
  sourceMaps: "inline",
  swcrc: false,
};

Module._extensions[".ts"] = (module, file) =>
  module._compile(transformFileSync(file, OPTIONS).code, file);

const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  request === "node-scsi-cdb" ? CODEC : resolve(request, ...rest);
