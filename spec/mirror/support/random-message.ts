/** Random messages of every type, every field of them over its whole range. */
import { crc32c } from "../../../lib/base/crc32c";
import type { Prng } from "../../../lib/base/prng";
import type { JobOp } from "../../../lib/block/job";
import type { JobResult, LinkMessage, LinkMessageType } from "../../../lib/mirror/messages";

const OPS: readonly JobOp[] = [
  "read",
  "write",
  "flush",
  "unmap",
  "write-same",
  "compare-and-write",
  "or-write",
  "write-atomic",
];
const RESULTS: readonly JobResult[] = [
  "done",
  "exclusive",
  "reserved",
  "check",
  "need-data",
  "miscompare",
  "medium-error",
  "no-space",
];
const NAMES = ["", "iqn.2026-01.example:a,i,0x00023d000001", "né…語😀", "x".repeat(512)];

type MessageOf<T> = Extract<LinkMessage, { readonly type: T }>;
type Makers = { readonly [T in LinkMessageType]: (prng: Prng) => MessageOf<T> };

const volume = (prng: Prng): number => prng.below(256);
const id = (prng: Prng): number => prng.pick([0, 1, 2 ** 48 + prng.u32(), 2 ** 53 - 1]);
const place = (prng: Prng): number => prng.pick([0, prng.u32(), 2 ** 48 - 1]);
const flag = (prng: Prng): boolean => prng.chance(0.5);

/** Up to a dozen views, some of them empty. */
export function randomData(prng: Prng, lengthMax = 2000): Uint8Array[] {
  if (prng.chance(0.3)) return [];
  return Array.from({ length: 1 + prng.below(4) }, () =>
    prng.bytes(prng.below(prng.pick([2, 50, lengthMax]))),
  );
}

function checked(prng: Prng): { data: Uint8Array[]; checksum: number } {
  const data = randomData(prng);
  const whole = Buffer.concat(data);
  if (whole.length === 0) return { data, checksum: prng.u32() };
  return { data, checksum: prng.chance(0.5) ? crc32c(whole) : 0 };
}

const work = (
  prng: Prng,
): Omit<MessageOf<"copy">, "type" | "copyId" | "relayId" | "isOmitted"> => ({
  volume: volume(prng),
  op: prng.pick(OPS),
  lba: place(prng),
  blockCount: place(prng),
  fua: flag(prng),
  ...checked(prng),
});

const control = (prng: Prng): { volume: number; controlId: number; data: Uint8Array[] } => ({
  volume: volume(prng),
  controlId: id(prng),
  data: randomData(prng),
});

const MAKERS: Makers = {
  relay: (prng) => ({
    type: "relay",
    ...work(prng),
    relayId: id(prng),
    origin: prng.chance(0.3)
      ? null
      : { nexus: prng.pick(NAMES), access: prng.pick(["read", "write"]) },
    hasTicket: flag(prng),
    isLockOnly: flag(prng),
    isEarly: flag(prng),
  }),
  "relay-granted": (prng) => ({ type: "relay-granted", volume: volume(prng), relayId: id(prng) }),
  "relay-data": (prng) => ({
    type: "relay-data",
    volume: volume(prng),
    relayId: id(prng),
    ...checked(prng),
  }),
  "relay-end": (prng) => ({
    type: "relay-end",
    volume: volume(prng),
    relayId: id(prng),
    result: prng.pick(RESULTS),
    miscompareAt: prng.u32(),
    data: randomData(prng),
  }),
  "relay-freed": (prng) => ({ type: "relay-freed", volume: volume(prng), relayId: id(prng) }),
  "relay-withdrawn": (prng) => ({
    type: "relay-withdrawn",
    volume: volume(prng),
    relayId: id(prng),
  }),
  copy: (prng) => ({
    type: "copy",
    ...work(prng),
    copyId: id(prng),
    relayId: id(prng),
    isOmitted: flag(prng),
  }),
  "copy-end": (prng) => ({
    type: "copy-end",
    volume: volume(prng),
    copyId: id(prng),
    result: prng.pick(RESULTS),
  }),
  lock: (prng) => ({
    type: "lock",
    volume: volume(prng),
    copyId: id(prng),
    lba: place(prng),
    blockCount: place(prng),
  }),
  "lock-end": (prng) => ({ type: "lock-end", volume: volume(prng), copyId: id(prng) }),
  unlock: (prng) => ({ type: "unlock", volume: volume(prng), copyId: id(prng) }),
  control: (prng) => ({ type: "control", ...control(prng) }),
  "control-apply": (prng) => ({ type: "control-apply", ...control(prng) }),
  "control-end": (prng) => ({ type: "control-end", ...control(prng), isDone: flag(prng) }),
  pair: (prng) => ({
    type: "pair",
    volume: volume(prng),
    kind: prng.below(65536),
    data: randomData(prng),
  }),
};

export const MESSAGE_TYPES = Object.keys(MAKERS) as readonly LinkMessageType[];

export function randomMessage(prng: Prng, type: LinkMessageType): LinkMessage {
  return MAKERS[type](prng);
}
