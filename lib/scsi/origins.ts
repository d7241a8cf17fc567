/**
 * For whom jobs are done, in the terms of `block/job.ts`: one object for each nexus and kind of
 * access, since jobs are many and nexuses are few.
 */
import type { JobOrigin } from "../block/job";
import type { Nexus } from "./nexus";

type OfNexus = Readonly<Record<JobOrigin["access"], JobOrigin>>;

export class Origins {
  /** By the ids of nexuses that have had jobs. */
  readonly #known = new Map<number, OfNexus>();

  of({ id, name }: Nexus, access: JobOrigin["access"]): JobOrigin {
    let known = this.#known.get(id);
    if (known === undefined) {
      known = { read: { nexus: name, access: "read" }, write: { nexus: name, access: "write" } };
      this.#known.set(id, known);
    }
    return access === "read" ? known.read : known.write;
  }

  nexusLost({ id }: Nexus): void {
    this.#known.delete(id);
  }
}
