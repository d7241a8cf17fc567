/**
 * What single scenarios need beside the guest's own files: archives behind its initramfs, so that
 * the others boot without them.
 */
export interface Extra {
  /** Debian packages with the files, and with the libraries of the programs. */
  readonly packages: readonly string[];
  /** Single files: programs and shared objects, with the libraries they are linked with. */
  readonly programs: readonly string[];
  /** Folders with all they hold but shared objects. */
  readonly folders: readonly string[];
  readonly texts: readonly (readonly [path: string, text: string])[];
}

const dynamic = (name: string): string =>
  `usr/lib/python3.11/lib-dynload/${name}.cpython-311-x86_64-linux-gnu.so`;

export const extras = {
  /** Debian's fence_scsi and fence_mpath, and the Python they are written in. */
  fencing: {
    packages: words(`
      fence-agents python3.11-minimal libpython3.11-minimal libpython3.11-stdlib
      python3-pexpect python3-ptyprocess
      libc6 libexpat1 zlib1g libffi8 libuuid1`),
    programs: [
      ...words("usr/bin/python3.11 usr/sbin/fence_scsi usr/sbin/fence_mpath"),
      ...words("_ctypes _json _queue _typing _uuid mmap resource termios").map(dynamic),
    ],
    folders: words(`
      usr/lib/python3.11 usr/lib/python3/dist-packages/pexpect
      usr/lib/python3/dist-packages/ptyprocess usr/share/fence`),
    texts: [
      // The agents' common library imports it for power switches with a web page.
      ["usr/lib/python3/dist-packages/pycurl.py", ""],
      ["usr/bin/python3", '#!/bin/busybox sh\nexec /usr/bin/python3.11 "$@"\n'],
    ],
  },
} satisfies Record<string, Extra>;

export type ExtraName = keyof typeof extras;

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
