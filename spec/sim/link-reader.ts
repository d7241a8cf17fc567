/** What goes over a path, a line for each message: for the trace. It judges nothing. */
import { lengthOf } from "../../lib/base/bytes";
import { LinkFramer } from "../../lib/mirror/link-framer";
import { messageOf } from "../../lib/mirror/pair-messages";
import { crc32c } from "../../lib/node/crc32c";

export class LinkReader {
  #framer = new LinkFramer(crc32c);

  read(bytes: Uint8Array, isNew: boolean): string[] {
    if (isNew) this.#framer = new LinkFramer(crc32c);
    const lines: string[] = [];
    this.#framer.push(Buffer.from(bytes), null);
    for (let cut = this.#framer.next(); cut !== null; cut = this.#framer.next()) {
      if (typeof cut === "string") return [...lines, cut];
      lines.push(lineOf(cut.frame));
    }
    this.#framer.settle();
    return lines;
  }
}

function lineOf(frame: object): string {
  const { type, kind, ...fields } = frame as Record<string, unknown>;
  const name = type === "pair" ? `pair ${String(messageOf(Number(kind)))}` : String(type);
  const values = Object.entries(fields).map(([key, value]) => `${key}=${textOf(value)}`);
  return [name, ...values].join(" ");
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `${lengthOf(value as Uint8Array[])} bytes`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
