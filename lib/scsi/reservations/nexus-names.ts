/**
 * Names of I_T nexuses taken apart: registrations name the two ports and outlive the sessions
 * between them. How a name is put together is `nexus.ts`.
 */

/** `iqn…,i,0x` and 12 digits, `,t,0x` and 4 digits. */
const NEXUS_NAME = /^([^\s,]{1,223},i,0x[0-9a-f]{12}),t,0x([0-9a-f]{4})$/;

export interface NexusPorts {
  /** As `Nexus.initiatorPort`. */
  readonly initiatorPort: string;
  readonly relativeTargetPort: number;
}

/** The ports of a nexus; null: not the name of one. */
export function parseNexusName(name: string): NexusPorts | null {
  const [, initiatorPort, digits] = NEXUS_NAME.exec(name) ?? [];
  if (initiatorPort === undefined || digits === undefined) return null;
  return { initiatorPort, relativeTargetPort: Number.parseInt(digits, 16) };
}
