/** Settings of the Control mode page for a spec, at every bench that is given. */
import { control } from "../../../lib/scsi/mode-pages/pages";
import type { Bench } from "./bench";

type Settings = Partial<Pick<ReturnType<typeof control.decode>, Setting>>;
type Setting = "tst" | "tmfOnly" | "dSense" | "qerr" | "uaIntlckCtrl" | "swp" | "tas";

/** Byte and lowest bit of each. [SPC-4 Control mode page] */
const PLACES: Readonly<Record<Setting, readonly [byte: number, bit: number]>> = {
  tst: [2, 5],
  tmfOnly: [2, 4],
  dSense: [2, 2],
  qerr: [3, 1],
  uaIntlckCtrl: [4, 4],
  swp: [4, 3],
  tas: [5, 6],
};

/** The default page with these settings. */
export function controlPage(settings: Settings): Uint8Array {
  const page = Uint8Array.from(control.defaults(NOTHING));
  for (const [name, value] of Object.entries(settings)) {
    const [byte, bit] = PLACES[name as Setting];
    page[byte] = (page[byte] as number) | (Number(value) << bit);
  }
  return page;
}

export function setControl(settings: Settings, ...benches: readonly Bench[]): void {
  for (const { unit } of benches) unit.modePages.write(new Map([[control, controlPage(settings)]]));
}

const NOTHING = { volatileCache: false, unmap: false, readOnly: false, atomicWrites: false };
