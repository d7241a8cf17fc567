/**
 * The security part of a login: which method, and the exchange it needs. It answers keys; stages
 * and statuses are `login.ts`'s. [RFC7143 6.3.2, 12.1]
 */
import { Chap } from "./chap";
import type { ChapPolicy, IscsiPorts } from "./config";
import type { TextItem } from "./text";

export type AuthenticationStep =
  | { readonly type: "answers"; readonly answers: TextItem[] }
  | { readonly type: "failed"; readonly reason: string };

export class Authentication {
  readonly #policy: ChapPolicy | null;
  readonly #ports: Pick<IscsiPorts, "entropy" | "hash">;
  #method: "None" | "CHAP" | null = null;
  #chap: Chap | null = null;
  #isComplete = false;
  #user: string | null = null;

  constructor(policy: ChapPolicy | null, ports: Pick<IscsiPorts, "entropy" | "hash">) {
    this.#policy = policy;
    this.#ports = ports;
  }

  /** Whether a method was agreed: until then leaving the security stage means AuthMethod=None. */
  get hasBegun(): boolean {
    return this.#method !== null;
  }

  /** Whether the initiator may leave the security stage, or pass it over. */
  get isComplete(): boolean {
    return this.#policy === null || this.#isComplete;
  }

  /** The CHAP name that the initiator proved, or null. */
  get user(): string | null {
    return this.#user;
  }

  /** Takes the security keys of one request; without any, nothing happens. */
  receive(items: readonly TextItem[]): AuthenticationStep {
    const values = new Map(items.map(({ key, value }) => [key, value]));
    if (values.size !== items.length) return { type: "failed", reason: "a security key twice" };
    const answers: TextItem[] = [];
    const offered = values.get("AuthMethod");
    if (offered !== undefined) {
      values.delete("AuthMethod");
      if (this.#method !== null) return { type: "failed", reason: "AuthMethod twice" };
      const method = this.#policy === null ? "None" : "CHAP";
      if (!offered.split(",").includes(method)) {
        return { type: "failed", reason: `AuthMethod=${offered}, ${method} is wanted` };
      }
      this.#method = method;
      if (this.#policy !== null) this.#chap = new Chap(this.#policy, this.#ports);
      answers.push({ key: "AuthMethod", value: method });
    }
    if (values.size === 0) return { type: "answers", answers };
    if (this.#chap === null || this.#isComplete) {
      return { type: "failed", reason: "CHAP keys out of place" };
    }
    const step = this.#chap.receive(values);
    if (step.type === "failed") return step;
    if (step.type === "done") {
      this.#isComplete = true;
      this.#user = step.user;
    }
    return { type: "answers", answers: [...answers, ...step.answers] };
  }
}
