/**
 * One running target: portals, stores, one controller or the two of a pair, the link between the
 * sides and the administration socket, put together and taken apart again. Signals, exit codes and
 * standard output are `main.ts`'s.
 */
import type { Side } from "../mirror/config";
import type { PairAnswer } from "../mirror/pair-status";
import {
  AdminServer,
  type AdminAnswer,
  type AdminRequest,
  type AdminSteps,
  type StepsRequest,
} from "./admin";
import { calendarMsAtZero } from "./clock";
import { ControllerHost, type LinkEnd } from "./controller-host";
import { formatAddress, type Address, type LinkAddress } from "./formats";
import { IsnsClient } from "./isns-client";
import { MemoryLink } from "./link-memory";
import { LinkPaths } from "./link-paths";
import { linkSecurityOf } from "./link-security";
import { withPrefix, type Log } from "./log";
import { sideOfPortal, sidesOf } from "./pair-settings";
import { Portals } from "./portal";
import type { Settings } from "./settings";
import { openStores } from "./stores";
import { controllerConfigOf, registrationOf } from "./target-config";

/** What is said on standard output when initiators may come. */
export interface Ready {
  readonly event: "ready";
  /** Of this process: of both sides, the main side's first. */
  readonly portals: readonly string[];
  readonly target: string;
  readonly luns: readonly number[];
  readonly pid: number;
}

export interface Running {
  readonly ready: Ready;
  /** Asks initiators to leave, ends what is in flight, flushes and closes; bounded in time. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly log: Log;
  /** Name and version of this program. */
  readonly creator: string;
}

/** Beyond the time for log-out: the closing of sockets. */
const STOP_MARGIN_MS = 3000;

/** Two sides in one process find each other at once: hosts shall not come before that. */
const DECISION_MS = 2000;

/** What takes back what has been done, the last first. */
type Undo = (() => void)[];

/**
 * Ports first, stores second: a port in use is found before a store is made.
 * @throws SettingsError in a sentence; then no port is taken and no store touched.
 */
export async function serve(settings: Settings, options: ServeOptions): Promise<Running> {
  const undo: Undo = [];
  try {
    return await begin(settings, options, undo);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

async function begin(settings: Settings, options: ServeOptions, undo: Undo): Promise<Running> {
  const { log, creator } = options;
  const sides: readonly (Side | null)[] = settings.single ? [null] : sidesOf(settings);
  const portals = await openPortals(settings, sides, undo);
  const hosts = sides.map((side) => {
    const own = sides.length === 1 ? log : withPrefix(log, `side ${side}: `);
    return new ControllerHost({ side, portals: portals.get(side) as Portals, log: own });
  });
  const paths = await openPaths(settings, log, undo);
  const admin = await openAdmin(settings, undo);
  const stores = openStores(settings, { creator, sides: hosts.map((host) => host.storePorts) });

  const addresses = inOrderOfListen(settings, portals);
  const link = sides.length === 2 ? new MemoryLink() : null;
  hosts.forEach((host, index) => {
    const { side } = host;
    const units = stores[index]?.units ?? [];
    const calendarMs = calendarMsAtZero();
    const config = controllerConfigOf(settings, { side, addresses, units, calendarMs });
    host.begin(config, endOf(side, link, paths));
    const groupTag = side ?? 1;
    host.accept(config.iscsi.portals.findIndex((portal) => portal.groupTag === groupTag));
  });
  const [first, second] = hosts as [ControllerHost, ControllerHost | undefined];
  if (link !== null && second !== undefined) {
    link.start({ 1: (input) => first.deliver(input), 2: (input) => second.deliver(input) });
    await Promise.all(hosts.map((host) => host.serving(DECISION_MS)));
  }
  paths?.start((input) => first.deliver(input));
  admin?.start((request) => answerOf(settings, { request, hosts, portals }));

  const isns = isnsOf(settings, addresses, log);
  isns?.start();

  const stop = async (): Promise<void> => {
    const deregistered = isns?.stop();
    const withinMs = settings.logoutTimeoutMs + STOP_MARGIN_MS;
    await Promise.all(hosts.map((host) => host.stop(withinMs)));
    for (const one of [link, paths, admin]) one?.close();
    const ends = await Promise.allSettled(stores.map((one) => one.close()));
    for (const host of hosts) host.close();
    await deregistered;
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  };
  return { ready: readyOf(settings, addresses), stop };
}

function isnsOf(settings: Settings, addresses: readonly Address[], log: Log): IsnsClient | null {
  const { isns: server, side } = settings;
  if (server === null) return null;
  const registration = registrationOf(settings, addresses);
  return new IsnsClient({ server, registration, isWhole: side === null, log });
}

function readyOf(settings: Settings, addresses: readonly Address[]): Ready {
  return {
    event: "ready",
    portals: addresses.map(formatAddress),
    target: settings.iqn,
    luns: settings.units.map((unit) => unit.lun),
    pid: process.pid,
  };
}

async function openPortals(
  settings: Settings,
  sides: readonly (Side | null)[],
  undo: Undo,
): Promise<ReadonlyMap<Side | null, Portals>> {
  const portals = new Map<Side | null, Portals>();
  for (const side of sides) {
    const opened = await Portals.open(listenOf(settings, side));
    undo.push(() => opened.close());
    portals.set(side, opened);
  }
  return portals;
}

function listenOf(settings: Settings, side: Side | null): readonly Address[] {
  const sides = sidesOf(settings);
  return settings.listen.filter((_, index) => side === null || sideOfPortal(sides, index) === side);
}

/** What is listened on, for each address of `listen`. */
function inOrderOfListen(
  settings: Settings,
  portals: ReadonlyMap<Side | null, Portals>,
): readonly Address[] {
  const left = new Map([...portals].map(([side, opened]) => [side, [...opened.addresses]]));
  const sides = sidesOf(settings);
  return settings.listen.flatMap((_, index) => {
    const side = settings.single ? null : sideOfPortal(sides, index);
    return left.get(side)?.shift() ?? [];
  });
}

/** The sockets of the link; null where it stays in this process, or where there is none. */
async function openPaths(settings: Settings, log: Log, undo: Undo): Promise<LinkPaths | null> {
  if (sidesOf(settings).length !== 1) return null;
  const [listen, peer] = [settings.linkListen, settings.linkPeer] as [LinkAddress, LinkAddress];
  const security = linkSecurityOf(settings);
  const report = (level: "info" | "warn", text: string): void => log.write(level, text);
  const paths = await LinkPaths.open({ listen, peer, security, report });
  undo.push(() => paths.close());
  return paths;
}

async function openAdmin(settings: Settings, undo: Undo): Promise<AdminServer | null> {
  if (settings.adminSocket === null) return null;
  const admin = await AdminServer.open(settings.adminSocket);
  undo.push(() => admin.close());
  return admin;
}

function endOf(
  side: Side | null,
  link: MemoryLink | null,
  paths: LinkPaths | null,
): LinkEnd | null {
  if (side !== null && link !== null) {
    return {
      perform: (effect) => link.perform(side, effect),
      afterTurn: () => link.pump(),
    };
  }
  if (paths === null) return null;
  return { perform: (effect) => paths.perform(effect), afterTurn: () => undefined };
}

async function answerOf(
  settings: Settings,
  running: {
    readonly request: AdminRequest;
    readonly hosts: readonly ControllerHost[];
    readonly portals: ReadonlyMap<Side | null, Portals>;
  },
): Promise<AdminAnswer> {
  const { request, hosts, portals } = running;
  if (request.command === "status") {
    const sides = hosts.map((host) => {
      const { addresses } = portals.get(host.side) as Portals;
      return host.status(addresses.map(formatAddress));
    });
    return { target: settings.iqn, pid: process.pid, sides };
  }
  if (request.command === "steps") return stepsOf(request, hosts);
  if (request.command === "sessions") return { sessions: hosts.flatMap((host) => host.sessions()) };
  if (request.command === "session") return orderOf(request, hosts);
  const isKnown = settings.units.some(({ lun }) => lun === request.lun);
  const none: PairAnswer = { ok: false, text: `There is no LUN ${request.lun}.` };
  return isKnown ? (hosts[0] as ControllerHost).command(request.lun, request.action) : none;
}

function orderOf(
  { order, session }: AdminRequest & { readonly command: "session" },
  hosts: readonly ControllerHost[],
): PairAnswer {
  const count = hosts.reduce((sum, host) => sum + host.order(order, session), 0);
  if (count > 0) return { ok: true, text: `${count === 1 ? "1 session" : `${count} sessions`}.` };
  const text = session === null ? "There is no session." : `There is no session ${session}.`;
  return { ok: false, text };
}

/** A command is remembered at both sides: what one names, the other is asked for. */
function stepsOf(request: StepsRequest, hosts: readonly ControllerHost[]): AdminSteps {
  const logs = hosts.flatMap((host) => host.steps ?? []);
  const numbers = [...logs.flatMap((log) => log.numbers(request.last)), ...request.commands];
  return { steps: logs.flatMap((log) => log.rows(numbers)) };
}
