/**
 * A writer of "newc" cpio archives, the format of a Linux initramfs: it owns the byte layout and
 * makes missing parent folders. What goes into the guest is not decided here.
 */

const regularFile = 0o100000;
const directory = 0o040000;
const symbolicLink = 0o120000;
const characterDevice = 0o020000;

interface Entry {
  readonly mode: number;
  readonly data: Buffer;
  readonly device: readonly [major: number, minor: number];
}

const noDevice = [0, 0] as const;
const noData = Buffer.alloc(0);

export class CpioArchive {
  readonly #entries = new Map<string, Entry>();

  has(path: string): boolean {
    return this.#entries.has(relative(path));
  }

  file(path: string, data: Buffer | string, permissions = 0o755): void {
    this.#put(path, { mode: regularFile | permissions, data: Buffer.from(data), device: noDevice });
  }

  link(path: string, target: string): void {
    this.#put(path, { mode: symbolicLink | 0o777, data: Buffer.from(target), device: noDevice });
  }

  folder(path: string): void {
    this.#put(path, { mode: directory | 0o755, data: noData, device: noDevice });
  }

  device(path: string, major: number, minor: number): void {
    this.#put(path, { mode: characterDevice | 0o600, data: noData, device: [major, minor] });
  }

  /** The archive; a multiple of 512 bytes, so that another one may follow it in one initramfs. */
  bytes(): Buffer {
    const chunks: Buffer[] = [];
    let inode = 0;
    for (const [name, entry] of this.#entries) chunks.push(record(name, entry, ++inode));
    chunks.push(record("TRAILER!!!", { mode: 0, data: noData, device: noDevice }, 0));
    return padded(Buffer.concat(chunks), 512);
  }

  #put(path: string, entry: Entry): void {
    const name = relative(path);
    const slash = name.lastIndexOf("/");
    const parent = slash < 0 ? "" : name.slice(0, slash);
    if (parent !== "" && !this.#entries.has(parent)) this.folder(parent);
    this.#entries.set(name, entry);
  }
}

function relative(path: string): string {
  return path.replace(/^\/+/, "");
}

/**
 * Magic, then 13 numbers of 8 hexadecimal digits, the name with its NUL, the data; name and data
 * end on 4 bytes.
 */
function record(name: string, entry: Entry, inode: number): Buffer {
  const links = (entry.mode & directory) !== 0 ? 2 : 1;
  const [major, minor] = entry.device;
  const nameLength = Buffer.byteLength(name) + 1;
  const numbers = [inode, entry.mode, 0, 0, links, 0, entry.data.length, 0, 0, major, minor];
  const header = [...numbers, nameLength, 0]
    .map((number) => number.toString(16).padStart(8, "0"))
    .join("");
  return Buffer.concat([padded(Buffer.from(`070701${header}${name}\0`), 4), padded(entry.data, 4)]);
}

function padded(data: Buffer, multiple: number): Buffer {
  const rest = data.length % multiple;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(multiple - rest)]);
}
