/**
 * An I_T nexus: one initiator port at one target port, for as long as a session connects them.
 * [SAM-5 4.7]
 */

/** What both controllers of a unit know of a nexus, whichever of them it is established at. */
export interface NexusNames {
  /** As `nexusName` has it. A nexus that returns has the name it had. */
  readonly name: string;
  /** The iSCSI name of the initiator. */
  readonly initiatorName: string;
  /** The initiator port name: `name,i,0x` and the ISID in 12 hexadecimal digits. [RFC7143 4.4.1] */
  readonly initiatorPort: string;
  /** RELATIVE TARGET PORT IDENTIFIER of the port it came in by. */
  readonly relativeTargetPort: number;
}

export interface Nexus extends NexusNames {
  /** Distinct among the nexuses alive here; never reused while the process runs. */
  readonly id: number;
}

/** What an action has that no initiator asked for: the port of the controller alone. */
export function portNames(relativeTargetPort: number): NexusNames {
  const name = nexusName("", relativeTargetPort);
  return { name, initiatorName: "", initiatorPort: "", relativeTargetPort };
}

/** The name of the nexus of two ports. */
export function nexusName(initiatorPort: string, relativeTargetPort: number): string {
  return `${initiatorPort},t,0x${relativeTargetPort.toString(16).padStart(4, "0")}`;
}
