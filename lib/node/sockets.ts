/**
 * What all our sockets share: listening with a sentence when it fails, receiving into buffers of
 * ours, and vectored writes. It knows neither iSCSI nor the link.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import { dirname } from "node:path";
import type { Lease } from "../base/lease";
import { formatLinkAddress, type LinkAddress } from "./formats";
import type { Receiver } from "./receive-buffers";
import { SettingsError } from "./settings-error";

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not use the port",
  EAFNOSUPPORT: "this machine does not speak that protocol",
};
const UNIX_WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there",
  EACCES: "this user may not make it",
  EEXIST: "something that is no socket is there",
  ENAMETOOLONG: "the path is too long",
  EINVAL: "the path is too long",
};
/** Only its owner may connect to a socket of ours. */
const UMASK = 0o177;

/** @throws SettingsError in a sentence. */
export async function listen(server: net.Server, end: LinkAddress): Promise<void> {
  try {
    if (end.kind === "unix") await listenAtPath(server, end.path);
    else await listening(server, { host: end.host, port: end.port, backlog: 1024 });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = (end.kind === "unix" ? UNIX_WORDS : WORDS)[code] ?? message;
    throw new SettingsError(`Cannot listen on ${formatLinkAddress(end)}: ${reason}.`);
  }
}

function listening(server: net.Server, options: net.ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** A socket's file outlives a process that was killed; nobody listens there any more. */
async function listenAtPath(server: net.Server, path: string): Promise<void> {
  fs.mkdirSync(dirname(path), { recursive: true });
  const bind = async (): Promise<void> => {
    const before = process.umask(UMASK);
    const bound = listening(server, { path });
    process.umask(before);
    await bound;
  };
  try {
    await bind();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (!fs.lstatSync(path).isSocket()) throw Object.assign(new Error(), { code: "EEXIST" });
    if (await isAnswered(path)) throw error;
    fs.unlinkSync(path);
    await bind();
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Whoever is there but does not answer now may do so later.
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED"));
  });
}

/** The part of a socket's handle that we must know of; Node documents neither. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * The connection that `accepted` stands for, receiving into `receiver`. Node takes buffers of ours
 * only where a socket is made, not where one is accepted: so a new socket takes the handle over.
 * null: this Node has no such handle, and the accepted socket is as it was.
 */
export function takeOver(
  accepted: net.Socket,
  receiver: Receiver,
  deliver: (chunk: Uint8Array, lease: Lease) => void,
): net.Socket | null {
  const holder = accepted as unknown as { _handle: Handle | null };
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== "function") return null;
  holder._handle = null;
  const callback = (length: number): boolean => {
    receiver.received(length, deliver);
    return true;
  };
  const onread = { buffer: () => receiver.room(), callback };
  return new net.Socket({ handle, onread, noDelay: true } as unknown as net.SocketConstructorOpts);
}

/**
 * One vectored write of all chunks; `sent` is called once when the socket has taken them. Mostly
 * the kernel takes them at once, and that is it.
 */
export function writeChunks(
  socket: net.Socket,
  chunks: readonly Uint8Array[],
  sent: () => void,
): void {
  const last = chunks.length - 1;
  let isSent = false;
  const done = (error?: Error | null): void => {
    if (!error && !isSent) sent();
    isSent = true;
  };
  socket.cork();
  for (let index = 0; index < last; index++) socket.write(chunks[index] as Uint8Array);
  socket.write(chunks[last] as Uint8Array, done);
  socket.uncork();
  if (socket.writable && socket.writableLength === 0) done();
}
