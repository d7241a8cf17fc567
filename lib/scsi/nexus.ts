/**
 * An I_T nexus: one initiator port at one target port, for as long as a session connects them.
 * [SAM-5 4.7]
 */

export interface Nexus {
  /** Distinct among the nexuses alive; never reused while the process runs. */
  readonly id: number;
  /** The iSCSI name of the initiator. */
  readonly initiatorName: string;
  /** The initiator port name: `name,i,0x` and the ISID in 12 hexadecimal digits. [RFC7143 4.4.1] */
  readonly initiatorPort: string;
  /** RELATIVE TARGET PORT IDENTIFIER of the port it came in by. */
  readonly relativeTargetPort: number;
}
