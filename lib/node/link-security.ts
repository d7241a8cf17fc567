/**
 * Who is at the other end of the link, and who else can read it: TLS with a pre-shared key or with
 * certificates both ways, or nothing where the settings allow that. It makes servers and
 * connections whose other end has been authenticated; what they carry is not known here.
 */
import { readFileSync } from "node:fs";
import { scryptSync } from "node:crypto";
import * as net from "node:net";
import * as tls from "node:tls";
import type { LinkAddress } from "./formats";
import { SettingsError } from "./settings-error";
import type { PairValues } from "./settings-table";

/** A connection that is not authenticated by then is closed. */
export const HANDSHAKE_MS = 5000;

/** TLS 1.3 with a key has this one suite in every Node; the exchange is ephemeral all the same. */
const KEY_SUITE = "TLS_AES_128_GCM_SHA256";
const KEY_IDENTITY = "twinlun";
const KEY_LENGTH = 32;
/** Guessing a weak secret from what was seen of a handshake shall cost as much as this does. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

export interface LinkSecurity {
  /** `accept` gets connections whose other end is authenticated, paused or not yet read. */
  server(accept: (socket: net.Socket) => void): net.Server;
  connect(end: LinkAddress): net.Socket;
  /** The event by which a connection of `connect` tells that its other end is authenticated. */
  readonly readyEvent: "connect" | "secureConnect";
}

/** @throws SettingsError when a file cannot be used. */
export function linkSecurityOf(settings: PairValues): LinkSecurity {
  const { linkKey, linkCert, linkPrivateKey, linkCa } = settings;
  if (linkKey !== null) return byTls(keyOptions(linkKey));
  if (linkCert === null || linkPrivateKey === null || linkCa === null) return OPEN;
  const options: tls.SecureContextOptions = {
    cert: fileOf("linkCert", linkCert),
    key: fileOf("linkPrivateKey", linkPrivateKey),
    ca: fileOf("linkCa", linkCa),
    minVersion: "TLSv1.3",
  };
  try {
    tls.createSecureContext(options);
  } catch (error) {
    const { message } = error as Error;
    throw new SettingsError(`Settings linkCert, linkPrivateKey, linkCa do not fit: ${message}.`);
  }
  return byTls({ ...options, requestCert: true, rejectUnauthorized: true });
}

const OPEN: LinkSecurity = {
  server: (accept) => net.createServer({ pauseOnConnect: true, noDelay: true }, accept),
  connect: (end) => net.connect({ ...placeOf(end), noDelay: true }),
  readyEvent: "connect",
};

function placeOf(end: LinkAddress): { path: string } | { host: string; port: number } {
  return end.kind === "unix" ? { path: end.path } : { host: end.host, port: end.port };
}

function fileOf(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "does not exist" : `cannot be read: ${message}`;
    throw new SettingsError(`Setting ${key} is ${path}, which ${what}.`);
  }
}

type Both = tls.CommonConnectionOptions & tls.SecureContextOptions;

function keyOptions(linkKey: string): Both & Pick<tls.TlsOptions, "pskCallback"> {
  const psk = scryptSync(linkKey, "twinlun link", KEY_LENGTH, SCRYPT);
  // The server's callback is given a socket and an identity, the client's a hint or null.
  const pskCallback = (...args: unknown[]): unknown => {
    if (args.length < 2) return { psk, identity: KEY_IDENTITY };
    return args[1] === KEY_IDENTITY ? psk : null;
  };
  const callback = pskCallback as NonNullable<tls.TlsOptions["pskCallback"]>;
  return { pskCallback: callback, ciphers: KEY_SUITE, minVersion: "TLSv1.3" };
}

function byTls(options: Both & Pick<tls.TlsOptions, "pskCallback">): LinkSecurity {
  const handshakeTimeout = HANDSHAKE_MS;
  return {
    server: (accept) => tls.createServer({ ...options, handshakeTimeout, noDelay: true }, accept),
    connect: (end) => {
      const socket = tls.connect({
        ...(options as tls.ConnectionOptions),
        ...placeOf(end),
        // Whoever has the key, or a certificate of the one authority, is the other side.
        checkServerIdentity: () => undefined,
      });
      return socket.setNoDelay(true);
    },
    readyEvent: "secureConnect",
  };
}
