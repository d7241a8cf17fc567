/**
 * SCSI Ports, 88h: every target port that leads to the unit, whichever controller has it, by its
 * name. The answer is the same by each of them. [SPC-4 SCSI Ports VPD page]
 */
import { format, uint } from "node-scsi-cdb";
import { targetPortName } from "./device-identification";
import { type VpdPage, afterHeader } from "./vpd-page";

/** There are no initiator ports, so no TransportID stands in it. */
const portHeader = format({
  name: "SCSI port designation descriptor",
  length: 12,
  fields: {
    relativePort: uint(2, 2, "RELATIVE PORT IDENTIFIER"),
    transportIdLength: uint(6, 2, "INITIATOR PORT TRANSPORTID LENGTH"),
    designatorsLength: uint(10, 2, "TARGET PORT DESCRIPTORS LENGTH"),
  },
});

export const scsiPorts: VpdPage = {
  name: "SCSI Ports",
  pageCode: 0x88,
  encode({ access, profile }) {
    const ports = access.groups.flatMap(({ tag, relativeTargetPorts }) =>
      relativeTargetPorts.map((relativePort) => ({ tag, relativePort })),
    );
    const descriptors = ports.flatMap(({ tag, relativePort }) => {
      const name = targetPortName(profile, tag);
      return [portHeader.encode({ relativePort, designatorsLength: name.length }), name];
    });
    return afterHeader(...descriptors);
  },
};
