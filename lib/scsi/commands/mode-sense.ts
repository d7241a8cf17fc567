/** MODE SENSE (6) and (10): mode pages, with header and block descriptor. [SPC-4 MODE SENSE] */
import { type Cdb, modeSense10 as row10, modeSense6 as row6 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import { type ModePage, pageHeader } from "../mode-pages/mode-page";
import type { PageControl } from "../mode-pages/mode-pages";
import {
  type ModeHeader,
  blockDescriptorOf,
  longBlockDescriptor,
  modeHeader10,
  modeHeader6,
  shortBlockDescriptor,
} from "../mode-pages/mode-parameters";
import { modePages } from "../mode-pages/pages";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

const ALL_PAGES = 0x3f;
const ALL_SUBPAGES = 0xff;

/** By PC. [SPC-4 MODE SENSE, PC] */
const PAGE_CONTROLS: readonly PageControl[] = ["current", "changeable", "default", "saved"];

/** The fields of both forms. */
type Ask = Cdb<typeof row6>;

function pagesFor({ pageCode, subpageCode }: Ask): readonly ModePage[] {
  return modePages
    .filter((page) => pageCode === ALL_PAGES || page.pageCode === pageCode)
    .filter((page) => subpageCode === ALL_SUBPAGES || page.subpageCode === subpageCode);
}

/** The block descriptor asked for: none with DBD, a long one only by LLBAA. */
function descriptorFor(cdb: Ask, llbaa: boolean, unit: Unit): Uint8Array {
  const { geometry } = unit.device;
  if (cdb.dbd) return Buffer.alloc(0);
  const descriptor = llbaa ? longBlockDescriptor : shortBlockDescriptor;
  return descriptor.encode(blockDescriptorOf(descriptor, geometry));
}

function encode(cdb: Ask, llbaa: boolean, header: ModeHeader, unit: Unit): Uint8Array {
  const values = PAGE_CONTROLS[cdb.pc] as PageControl;
  const descriptor = descriptorFor(cdb, llbaa, unit);
  // All pages can be saved.
  const pages = pagesFor(cdb).map((page) =>
    pageHeader.encode({ ps: true }, unit.modePages.read(page, values)),
  );
  const body = Buffer.concat([descriptor, ...pages]);
  const lengthAfter = header.length - header.fields.modeDataLength.length + body.length;
  const head = header.encode({
    modeDataLength: lengthAfter,
    wp: unit.isWriteProtected,
    dpofua: true,
    longlba: llbaa && !cdb.dbd,
    blockDescriptorLength: descriptor.length,
  });
  return Buffer.concat([head, body]);
}

function modeSense(row: typeof row6 | typeof row10, header: ModeHeader): Command {
  return command({
    row,
    reservation: "read",
    needsMedium: false,
    writes: false,
    check(cdb) {
      const { pageCode, subpageCode } = cdb;
      if (pagesFor({ ...cdb, subpageCode: ALL_SUBPAGES }).length === 0) {
        return refuse(row, "pageCode");
      }
      const isOfOne = subpageCode !== 0 && subpageCode !== ALL_SUBPAGES;
      const isKnown = pagesFor(cdb).length > 0 && !(pageCode === ALL_PAGES && isOfOne);
      return isKnown ? null : refuse(row, "subpageCode");
    },
    execute(cdb, task, unit) {
      const llbaa = "llbaa" in cdb && cdb.llbaa;
      unit.goodWithData(task, encode(cdb, llbaa, header, unit), cdb.allocationLength);
    },
  });
}

export const modeSenseCommands: readonly Command[] = [
  modeSense(row6, modeHeader6),
  modeSense(row10, modeHeader10),
];
