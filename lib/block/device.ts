/**
 * The one interface to blocks. Memory, file, faulty, delayed, mirror: nothing else is needed above.
 */
import type { Job } from "./job";

export interface Geometry {
  /** Bytes of a logical block: 512 or 4096. */
  readonly blockSize: number;
  readonly blockCount: number;
}

export interface Capabilities {
  /** Whether written data may be lost until a flush: what WCE reports when it can be set. */
  readonly volatileCache: boolean;
  /** Whether unmapped blocks give their space back. Unmapped blocks always read as zeros. */
  readonly unmap: boolean;
  readonly readOnly: boolean;
  /** Whether it keeps what "write-atomic" promises; else that is a write like any other. */
  readonly atomicWrites: boolean;
}

export interface BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  /**
   * The identity that initiators see (NAA, serial) derives from it; 16 bytes, stable over restarts.
   */
  readonly identity: Uint8Array;
  /** Takes a job whose range lies inside the geometry. Its `onDone` comes later, exactly once. */
  submit(job: Job): void;
  /** Best effort: marks the job and may end it early; `onDone` still comes. */
  abort(job: Job): void;
}
