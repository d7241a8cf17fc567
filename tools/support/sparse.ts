/** Sparse files for programs of other people to serve. */
import { closeSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

export interface Image {
  readonly path: string;
  readonly bytes: number;
}

/** Makes the image afresh: all holes. */
export function makeSparse(image: Image): void {
  mkdirSync(dirname(image.path), { recursive: true });
  const file = openSync(image.path, "w");
  ftruncateSync(file, image.bytes);
  closeSync(file);
}
