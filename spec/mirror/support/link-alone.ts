/** One link of side 1 whose other side the spec plays, by bytes and by the clock. */
import type { Link } from "../../../lib/mirror/link";
import type { LinkEffect } from "../../../lib/mirror/link-events";
import type { LinkMessage } from "../../../lib/mirror/messages";
import { bytesOf, greeting } from "./frames";
import { heard, type Heard, linkOf } from "./link-pair";

export const DATA = Buffer.from("data of a message");

export function message(kind = 1, data: Uint8Array[] = [DATA]): LinkMessage {
  return { type: "pair", volume: 0, kind, data };
}

export function checkedMessage(kind = 1): Buffer {
  return bytesOf(message(kind), { checksData: true });
}

/** A link of side 1 alone, whose other side the spec plays. */
export function alone(): { link: Link; told: Heard; effects(): LinkEffect[] } {
  const told = heard();
  const link = linkOf(1, told);
  const effects = (): LinkEffect[] => {
    const all: LinkEffect[] = [];
    link.drain((effect) => all.push(effect));
    return all;
  };
  return { link, told, effects };
}

export function give(link: Link, bytes: Uint8Array, nowMs = 0): void {
  link.handle({ type: "path-bytes", chunk: bytes, lease: null }, nowMs);
}

/** The session that a link has greeted with. */
export function sessionIn(effects: readonly LinkEffect[]): number {
  const sent = effects.find((effect) => effect.type === "path-send");
  const bytes = Buffer.concat(sent?.type === "path-send" ? sent.chunks : []);
  return bytes.readUIntBE(24 + 6, 6);
}

export function broughtUp(): ReturnType<typeof alone> & { session: number } {
  const parts = alone();
  parts.link.handle({ type: "path-up", path: "out" }, 0);
  parts.link.handle({ type: "path-up", path: "in" }, 0);
  const session = sessionIn(parts.effects());
  give(parts.link, bytesOf(greeting({ echo: session })));
  parts.link.drain(() => undefined);
  expect(parts.told.events).toEqual(["up"]);
  return { ...parts, session };
}
