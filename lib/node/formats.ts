/**
 * The forms a setting's value may have: how to read it from text or JSON, and in words what is
 * allowed. A form knows no setting; errors are made where key and source are known.
 */
import { isIP, isIPv6 } from "node:net";
import { isIscsiName } from "../iscsi/names";

export interface Form<T> {
  /** Completes "… must be …". */
  readonly allowed: string;
  /** Stands for a value in the help text; null for a flag that takes none. */
  readonly placeholder: string | null;
  /** The value; undefined when `raw` (text, or what JSON gave) has not this form. */
  parse(raw: unknown): T | undefined;
}

/** Where to listen. `host` without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One end of the link between the two sides. */
export type LinkAddress =
  ({ readonly kind: "tcp" } & Address) | { readonly kind: "unix"; readonly path: string };

export interface Credential {
  readonly name: string;
  readonly secret: string;
}

export type StoreChoice =
  | { readonly kind: "memory"; readonly size: number }
  /** `size` null: take what the store says. */
  | { readonly kind: "file"; readonly path: string; readonly size: number | null };

const ISCSI_PORT = 3260;
const ISNS_PORT = 3205;
const SIZE = /^(\d+)(?:([KMGT])(?:i?B)?)?$/;
const UNITS = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

function parseSize(raw: unknown): number | undefined {
  const match = SIZE.exec(String(raw));
  if (match === null) return undefined;
  const unit = match[2] === undefined ? 1 : UNITS[match[2] as keyof typeof UNITS];
  const size = Number(match[1]) * unit;
  return size > 0 && size <= Number.MAX_SAFE_INTEGER ? size : undefined;
}

/** `host:port`, with brackets around IPv6. */
export function formatAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address whose port may be left out. */
function addressAt(defaultPort: number): Form<Address> {
  return {
    allowed: `an IP address and a port such as 127.0.0.1:${defaultPort} or [::1]:${defaultPort}`,
    placeholder: "ADDR:PORT",
    parse(raw) {
      const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(String(raw));
      if (match === null) return undefined;
      const [, inBrackets, plain, digits = `${defaultPort}`] = match;
      const host = inBrackets ?? plain ?? "";
      if (isIP(host) !== (inBrackets === undefined ? 4 : 6)) return undefined;
      return Number(digits) <= 65535 ? { host, port: Number(digits) } : undefined;
    },
  };
}

export const address = addressAt(ISCSI_PORT);
export const isnsAddress = addressAt(ISNS_PORT);

/** A name of this form resolves to an address when it is needed. */
const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*$/;
/** The paths of Unix sockets end there on every system. */
const SOCKET_PATH_MAX = 103;

/** The path of a Unix-domain socket. */
export const socketPath: Form<string> = {
  allowed: `a path of at most ${SOCKET_PATH_MAX} bytes, as Unix sockets have`,
  placeholder: "PATH",
  parse(raw) {
    if (typeof raw !== "string" || raw === "" || raw.includes("\0")) return undefined;
    return Buffer.byteLength(raw) <= SOCKET_PATH_MAX ? raw : undefined;
  },
};

/** Where one end of the link is; of the far end also by a host's name. */
export function linkAddress(options: { takesNames: boolean }): Form<LinkAddress> {
  const host = options.takesNames ? "a host" : "an IP address";
  return {
    allowed: `${host} and a port such as 127.0.0.1:3262, or unix: and ${socketPath.allowed}`,
    placeholder: "ADDR:PORT|unix:PATH",
    parse(raw) {
      const text = String(raw);
      if (text.startsWith("unix:")) {
        const path = socketPath.parse(text.slice("unix:".length));
        return path === undefined ? undefined : { kind: "unix", path };
      }
      const [, name = "", digits] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
      if (digits === undefined) return undefined;
      const known = address.parse(text);
      if (known !== undefined) return { kind: "tcp", ...known };
      if (!options.takesNames || !HOST_NAME.test(name) || /^[\d.]+$/.test(name)) return undefined;
      return Number(digits) <= 65535
        ? { kind: "tcp", host: name, port: Number(digits) }
        : undefined;
    },
  };
}

export function formatLinkAddress(end: LinkAddress): string {
  return end.kind === "unix" ? `unix:${end.path}` : formatAddress(end);
}

export const iscsiName: Form<string> = {
  allowed: "an iSCSI name such as iqn.2026-11.io.twinlun:disk",
  placeholder: "NAME",
  parse: (raw) => (typeof raw === "string" && isIscsiName(raw) ? raw.toLowerCase() : undefined),
};

export const store: Form<StoreChoice> = {
  allowed: `memory:SIZE, file:PATH:SIZE or file:PATH, with a SIZE such as 512M, 1G or 1GiB`,
  placeholder: "STORE",
  parse(raw) {
    const match = /^(memory|file):(.+)$/.exec(String(raw));
    const [, kind, rest = ""] = match ?? [];
    if (kind === undefined) return undefined;
    if (kind === "memory") {
      const size = parseSize(rest);
      return size === undefined ? undefined : { kind, size };
    }
    const [, path = "", tail = null] = /^(.*?)(?::([^:/]*))?$/.exec(rest) ?? [];
    const size = tail === null ? null : parseSize(tail);
    return path === "" || size === undefined ? undefined : { kind: "file", path, size };
  },
};

export const credential: Form<Credential> = {
  allowed: "a user name and a secret joined by a colon",
  placeholder: "USER:SECRET",
  parse(raw) {
    const [, name, secret] = /^([^:\s]{1,255}):([^\s]{1,255})$/.exec(String(raw)) ?? [];
    return name === undefined || secret === undefined ? undefined : { name, secret };
  },
};

export const boolean: Form<boolean> = {
  allowed: "true or false",
  placeholder: null,
  parse: (raw) => ({ true: true, false: false })[String(raw)],
};

export function integer(least: number, most: number): Form<number> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    placeholder: "NUMBER",
    parse(raw) {
      if (!/^\d{1,15}$/.test(String(raw))) return undefined;
      const value = Number(raw);
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** Bytes a second; 0 is no bound. */
export const rate: Form<number> = {
  allowed: "0 or bytes a second such as 64M",
  placeholder: "BYTES",
  parse: (raw) => (String(raw) === "0" ? 0 : parseSize(raw)),
};

/** Printable ASCII, at most `most` characters. */
export function text(most: number): Form<string> {
  return {
    allowed: `ASCII text of 1 to ${most} characters`,
    placeholder: "TEXT",
    parse(raw) {
      const isText = typeof raw === "string" && /^[ -~]+$/.test(raw) && raw.length <= most;
      return isText ? raw : undefined;
    },
  };
}

/** Text that nobody shall guess: see `isSecret`. */
export function secret(least: number): Form<string> {
  return {
    allowed: `text of ${least} to 255 characters without spaces`,
    placeholder: "SECRET",
    parse(raw) {
      const isSecret = typeof raw === "string" && /^\S{1,255}$/.test(raw) && raw.length >= least;
      return isSecret ? raw : undefined;
    },
  };
}

/** The path of a file. */
export const filePath: Form<string> = {
  allowed: "the path of a file",
  placeholder: "FILE",
  parse: (raw) => (typeof raw === "string" && /^[^\0]+$/.test(raw) ? raw : undefined),
};

export function oneOf<const T extends string | number>(...values: readonly T[]): Form<T> {
  return {
    allowed: values.length === 2 ? values.join(" or ") : `one of ${values.join(", ")}`,
    placeholder: values.join("|"),
    parse: (raw) => values.find((value) => String(value) === String(raw)),
  };
}

/** A JSON list, or text with commas between the items; unset and "" are the empty list. */
export function listOf<T>(item: Form<T>): Form<readonly T[]> {
  return {
    allowed: `a list of which each is ${item.allowed}`,
    placeholder: item.placeholder,
    parse(raw) {
      if (raw === null || raw === "") return [];
      if (!Array.isArray(raw) && typeof raw !== "string") return undefined;
      const parts: readonly unknown[] = typeof raw === "string" ? raw.split(",") : raw;
      const values = parts.map((part) => item.parse(part));
      return values.some((value) => value === undefined) ? undefined : (values as T[]);
    },
  };
}

/** A value, or "none" for null; unset and "" are null too. */
export function orNone<T>(form: Form<T>): Form<T | null> {
  return {
    allowed: `${form.allowed}, or none`,
    placeholder: form.placeholder,
    parse: (raw) => (raw === null || raw === "" || raw === "none" ? null : form.parse(raw)),
  };
}

/** A value that may be left out; unset and "" are null. */
export function optional<T>(form: Form<T>): Form<T | null> {
  return { ...form, parse: (raw) => (raw === null || raw === "" ? null : form.parse(raw)) };
}
