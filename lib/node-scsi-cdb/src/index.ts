/** The whole public face of node-scsi-cdb. */
export * from "./fields";
export * from "./format";
export * from "./command";
export * from "./sense";
export * from "./sense-codes";
export * from "./sense-data";
export { Status } from "./status";
export * from "./commands/index";
export { blocksOf6 } from "./commands/shared-fields";
export * from "./command-index";
