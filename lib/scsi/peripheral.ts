/** What stands at a LUN, in the two fields with which INQUIRY data begins. [SPC-4 6.6.2] */
import type { Unit } from "./unit";
import { isWellKnown } from "./well-known-unit";

export interface Peripheral {
  readonly peripheralQualifier: number;
  readonly peripheralDeviceType: number;
}

const DISK: Peripheral = { peripheralQualifier: 0, peripheralDeviceType: 0 };
const WELL_KNOWN: Peripheral = { peripheralQualifier: 0, peripheralDeviceType: 0x1e };
/** No unit of any type can be there. */
const NO_UNIT: Peripheral = { peripheralQualifier: 3, peripheralDeviceType: 0x1f };

export function peripheralOf(unit: Unit): Peripheral {
  if (unit.isVacant) return NO_UNIT;
  return isWellKnown(unit) ? WELL_KNOWN : DISK;
}

export function isDisk(unit: Unit): boolean {
  return peripheralOf(unit) === DISK;
}
