/** SANITIZE, one row for each service action. */
import { command } from "../command";
import { flag } from "../fields";
import { parameterListLength } from "./shared-fields";

const shared = { opcode: 0x48, length: 10, reference: "SBC-3 SANITIZE" } as const;

const fields = {
  immed: flag(1, 7, "IMMED"),
  ause: flag(1, 5, "AUSE"),
  parameterListLength: parameterListLength(7, 2),
};

export const sanitizeOverwrite = command({
  ...shared,
  name: "SANITIZE, OVERWRITE",
  serviceAction: 0x01,
  direction: "out",
  fields,
});

export const sanitizeBlockErase = command({
  ...shared,
  name: "SANITIZE, BLOCK ERASE",
  serviceAction: 0x02,
  direction: "none",
  fields,
});

export const sanitizeCryptographicErase = command({
  ...shared,
  name: "SANITIZE, CRYPTOGRAPHIC ERASE",
  serviceAction: 0x03,
  direction: "none",
  fields,
});

export const sanitizeExitFailureMode = command({
  ...shared,
  name: "SANITIZE, EXIT FAILURE MODE",
  serviceAction: 0x1f,
  direction: "none",
  fields,
});
