/**
 * Reads the parameter list of MODE SELECT as a whole before anything changes: the pages it would
 * change, or why it is refused, with the place of the field. [SPC-4 MODE SELECT]
 */
import {
  type FieldPointer,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  invalidFieldInParameterList,
} from "node-scsi-cdb";
import type { Geometry } from "../../block/device";
import { type ModePage, pageHeader, readPageHeader } from "./mode-page";
import { type ModePages, modePageOf } from "./mode-pages";
import {
  type BlockDescriptor,
  type ModeHeader,
  blockDescriptorOf,
  longBlockDescriptor,
  shortBlockDescriptor,
} from "./mode-parameters";
import { modePages } from "./pages";

/** New bytes of pages, by page. */
export type ModeChanges = ReadonlyMap<ModePage, Uint8Array>;

/** A list is a refusal or the changes it asks for. */
export type Parsed = { readonly changes: ModeChanges } | { readonly refusal: Sense };

const LENGTH_ERROR: Sense = { code: PARAMETER_LIST_LENGTH_ERROR };

/** A pointer within something that begins at `offset`, as one into the whole list. */
function refuseAt(offset: number, { byte, bit }: FieldPointer): Sense {
  return invalidFieldInParameterList({ byte: offset + byte, bit });
}

/** `list` is what came of it, empty for a list of length 0, which changes nothing. */
export function parseModeParameterList(
  list: Uint8Array,
  unit: { readonly header: ModeHeader; readonly pages: ModePages; readonly geometry: Geometry },
): Parsed {
  const { header, pages, geometry } = unit;
  if (list.length === 0) return { changes: new Map() };
  if (list.length < header.length) return { refusal: LENGTH_ERROR };
  const { blockDescriptorLength, longlba } = { longlba: false, ...header.decode(list) };
  const descriptor = longlba ? longBlockDescriptor : shortBlockDescriptor;
  if (blockDescriptorLength !== 0 && blockDescriptorLength !== descriptor.length) {
    return { refusal: refuseAt(0, header.pointer("blockDescriptorLength")) };
  }
  const start = header.length + blockDescriptorLength;
  if (list.length < start) return { refusal: LENGTH_ERROR };
  if (blockDescriptorLength > 0) {
    const refusal = checkBlockDescriptor(descriptor, list, { at: header.length, geometry });
    if (refusal !== null) return { refusal };
  }
  return parsePages(list, start, pages);
}

/** The geometry cannot be changed: 0 blocks and all ones say to leave it, or the same once more. */
function checkBlockDescriptor(
  descriptor: BlockDescriptor,
  list: Uint8Array,
  { at, geometry }: { readonly at: number; readonly geometry: Geometry },
): Sense | null {
  const { blockCount, blockSize } = descriptor.decode(list, at);
  const now = blockDescriptorOf(descriptor, geometry);
  const allOnes = 2 ** (8 * descriptor.fields.blockCount.length) - 1;
  if (![0, allOnes, now.blockCount].includes(blockCount)) {
    return refuseAt(at, descriptor.pointer("blockCount"));
  }
  return blockSize === now.blockSize ? null : refuseAt(at, descriptor.pointer("blockSize"));
}

function parsePages(list: Uint8Array, start: number, pages: ModePages): Parsed {
  const changes = new Map<ModePage, Uint8Array>();
  let at = start;
  while (at < list.length) {
    const header = readPageHeader(list, at);
    if (header === null) return { refusal: LENGTH_ERROR };
    const { pageCode, length, pointers } = header;
    const page = modePageOf(header);
    if (page === undefined) {
      const isKnown = modePages.some((each) => each.pageCode === pageCode);
      return { refusal: refuseAt(at, isKnown ? pointers.subpageCode : pointers.pageCode) };
    }
    if (length !== page.length) return { refusal: refuseAt(at, pointers.pageLength) };
    if (list.length < at + page.length) return { refusal: LENGTH_ERROR };
    const bytes = pageHeader.encode({ ps: false }, list.slice(at, at + page.length));
    const pointer = firstUnchangeable(page, bytes, pages);
    if (pointer !== null) return { refusal: refuseAt(at, pointer) };
    changes.set(page, bytes);
    at += page.length;
  }
  return { changes };
}

/** The first bit that differs from the current value and may not. */
function firstUnchangeable(
  page: ModePage,
  bytes: Uint8Array,
  pages: ModePages,
): FieldPointer | null {
  const current = pages.read(page, "current");
  const changeable = pages.read(page, "changeable");
  for (let byte = page.headerLength; byte < page.length; byte++) {
    const changed = (bytes[byte] as number) ^ (current[byte] as number);
    const refused = changed & ~(changeable[byte] as number);
    if (refused !== 0) return { byte, bit: 31 - Math.clz32(refused) };
  }
  return null;
}
