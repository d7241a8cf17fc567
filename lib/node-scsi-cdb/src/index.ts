/** The whole public face of node-scsi-cdb. */
export * from "./fields";
export * from "./format";
export * from "./command";
export * from "./sense";
export * from "./status";
