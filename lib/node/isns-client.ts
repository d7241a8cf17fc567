/**
 * Keeps the target registered at an iSNS server: at the start, again before the server forgets it,
 * and after each failure later and later; and deregisters it at the stop. A target serves whether
 * or not the server is there. What is said is `isns-message.ts`'s.
 */
import * as net from "node:net";
import { formatAddress, type Address } from "./formats";
import {
  IsnsFunction,
  decodeAnswer,
  deregistrationOf,
  encodeRequest,
  registrationOf,
  type Attribute,
  type IsnsAnswer,
  type Registration,
} from "./isns-message";
import type { Log } from "./log";

/** Seconds after which a server may forget us, as we ask for it; it may want less. */
const PERIOD_S = 300;
const ANSWER_WITHIN_MS = 3000;
/** Failures are followed by another try after one second, then two, … up to this. */
const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 60_000;

export interface IsnsOptions {
  readonly server: Address;
  readonly registration: Registration;
  /** The entity is this process's alone, and ends with it; else only its portals do. */
  readonly isWhole: boolean;
  readonly log: Log;
}

export class IsnsClient {
  readonly #options: IsnsOptions;
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = PAUSE_MIN_MS;
  #transactionId = 0;
  #isRegistered = false;
  #isStopped = false;
  /** The registration under way. */
  #busy: Promise<void> = Promise.resolve();

  constructor(options: IsnsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#busy = this.#register();
  }

  /** Deregisters, within the time that one answer may take; says so when that fails. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#busy;
    if (!this.#isRegistered) return;
    const { registration, isWhole } = this.#options;
    const attributes = (own: Registration): readonly Attribute[] => deregistrationOf(own, isWhole);
    try {
      await this.#ask(IsnsFunction.DEV_DEREG, registration, attributes);
    } catch (error) {
      this.#log("warn", `not deregistered: ${(error as Error).message}`);
    }
  }

  async #register(): Promise<void> {
    let nextMs: number;
    try {
      const { periodS } = await this.#ask(
        IsnsFunction.DEV_ATTR_REG,
        this.#options.registration,
        (own) => registrationOf(own, PERIOD_S),
      );
      if (!this.#isRegistered) this.#log("info", "registered");
      this.#isRegistered = true;
      this.#pauseMs = PAUSE_MIN_MS;
      // Early enough for two more tries. 0: the server never forgets.
      nextMs = (Math.min(periodS || PERIOD_S, PERIOD_S) * 1000) / 3;
    } catch (error) {
      const isNews = this.#isRegistered || this.#pauseMs === PAUSE_MIN_MS;
      if (isNews) this.#log("warn", `not registered: ${(error as Error).message}`);
      nextMs = this.#pauseMs;
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.start(), nextMs);
    this.#timer.unref();
  }

  /** One request over a connection of its own. @throws Error in words when it is not done. */
  async #ask(
    functionId: number,
    registration: Registration,
    attributes: (own: Registration) => readonly Attribute[],
  ): Promise<IsnsAnswer> {
    const transactionId = (this.#transactionId = (this.#transactionId + 1) & 0xffff);
    const answer = await exchange(this.#options.server, (localHost) =>
      encodeRequest({
        functionId,
        transactionId,
        attributes: attributes(withoutWildcards(registration, localHost)),
      }),
    );
    const isOurs = answer.functionId === functionId && answer.transactionId === transactionId;
    if (!isOurs) throw new Error("it answers something else");
    if (answer.status !== 0) throw new Error(`it refuses with status ${answer.status}`);
    return answer;
  }

  #log(level: "info" | "warn", text: string): void {
    this.#options.log.write(level, `iSNS ${formatAddress(this.#options.server)}: ${text}`);
  }
}

/** A portal at all addresses is registered by the one that the server is reached from. */
function withoutWildcards(registration: Registration, localHost: string): Registration {
  const portals = registration.portals.map((portal) => {
    const isWildcard = portal.host === "0.0.0.0" || portal.host === "::";
    return isWildcard ? { ...portal, host: localHost } : portal;
  });
  return { ...registration, portals };
}

/** Sends what `request` makes for the local address, and reads the answer. */
function exchange(server: Address, request: (localHost: string) => Buffer): Promise<IsnsAnswer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, server.host);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
    };
    const fail = (why: string): void => {
      end();
      reject(new Error(why));
    };
    const timer = setTimeout(() => fail("no answer came"), ANSWER_WITHIN_MS);
    let received: Buffer = Buffer.alloc(0);
    socket.on("connect", () => socket.write(request(socket.localAddress ?? "")));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = decodeAnswer(received);
      if (answer === "more") return;
      if (answer === null) return fail("it speaks no iSNS");
      end();
      resolve(answer);
    });
    socket.on("error", ({ message }) => fail(message));
    socket.on("close", () => fail("it closes the connection"));
  });
}
