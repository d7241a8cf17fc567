/**
 * Who has prevented the removal of a unit's medium: nexuses by their names, the same at every
 * controller of the unit. While one has, nobody ejects the medium; that none may prevent it of a
 * unit that is not removable is the command's affair. [SPC-4 PREVENT ALLOW MEDIUM REMOVAL]
 */
import { limits } from "../base/limits";
import { parseNexusName } from "./reservations/nexus-names";

/** Behind each name; none has it. */
const END = "\n";

export class MediumRemoval {
  readonly #preventing = new Set<string>();

  get isPrevented(): boolean {
    return this.#preventing.size > 0;
  }

  /** The nexuses that prevent it. */
  get preventing(): readonly string[] {
    return [...this.#preventing];
  }

  isPreventedBy(nexusName: string): boolean {
    return this.#preventing.has(nexusName);
  }

  /** False: more cannot be remembered. */
  prevent(nexusName: string): boolean {
    const isKnown = this.#preventing.has(nexusName);
    if (!isKnown && this.#preventing.size >= limits.nexusesMax) return false;
    this.#preventing.add(nexusName);
    return true;
  }

  /** Also for a nexus that is lost. */
  allow(nexusName: string): void {
    this.#preventing.delete(nexusName);
  }

  /** A reset of the unit or the target. */
  allowAll(): void {
    this.#preventing.clear();
  }

  /** All of it, for `parseSnapshot`. */
  snapshot(): Uint8Array {
    return Buffer.from(
      [...this.#preventing]
        .sort()
        .map((name) => name + END)
        .join(""),
    );
  }

  /** What takes a snapshot over as a whole; null: it is none. */
  parseSnapshot(bytes: Uint8Array): (() => void) | null {
    const text = Buffer.from(bytes).toString();
    const names = text.split(END);
    const isWhole = names.pop() === "";
    const areNames = names.every((name) => parseNexusName(name) !== null);
    if (!isWhole || !areNames || names.length > limits.nexusesMax) return null;
    return () => {
      this.#preventing.clear();
      for (const name of names) this.#preventing.add(name);
    };
  }
}
