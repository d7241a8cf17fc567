/**
 * CHAP: the initiator proves that it knows a secret, and we prove ours when it asks. One exchange,
 * step by step; which users there are is configuration. [RFC7143 12.1.3, RFC1994]
 *
 *   waiting for CHAP_A ──▶ (CHAP_A, CHAP_I, CHAP_C sent) waiting for CHAP_N, CHAP_R ──▶ done
 */
import type { ChapAlgorithm, ChapPolicy, IscsiPorts } from "./config";
import { type TextItem, formatBinary, parseBinary, parseNumber } from "./text";

interface AlgorithmRow {
  readonly code: string;
  readonly algorithm: ChapAlgorithm;
  /** Bytes of a response. */
  readonly length: number;
}

/** Values of CHAP_A. [RFC7143 12.1.3, IANA "PPP Authentication Algorithms"] */
const ALGORITHMS: readonly AlgorithmRow[] = [
  { code: "5", algorithm: "md5", length: 16 },
  { code: "6", algorithm: "sha1", length: 20 },
  { code: "7", algorithm: "sha256", length: 32 },
  { code: "8", algorithm: "sha3-256", length: 32 },
];

const CHALLENGE_LENGTH = 16;
/** Bytes of an initiator's challenge. [RFC7143 12.1.3] */
const CHALLENGE_MAX = 1024;

export type ChapStep =
  | { readonly type: "continue"; readonly answers: TextItem[] }
  /** The initiator is who it says; `user` is its CHAP name. */
  | { readonly type: "done"; readonly answers: TextItem[]; readonly user: string }
  | { readonly type: "failed"; readonly reason: string };

type ChapValues = ReadonlyMap<string, string>;
type ChapPorts = Pick<IscsiPorts, "entropy" | "hash">;

interface Challenge {
  readonly row: AlgorithmRow;
  readonly identifier: number;
  readonly challenge: Uint8Array;
}

export class Chap {
  readonly #policy: ChapPolicy;
  readonly #ports: ChapPorts;
  #sent: Challenge | null = null;

  constructor(policy: ChapPolicy, ports: ChapPorts) {
    this.#policy = policy;
    this.#ports = ports;
  }

  /** Takes the CHAP keys of one request; there is at least one. */
  receive(values: ChapValues): ChapStep {
    return this.#sent === null ? this.#challenge(values) : this.#verify(values, this.#sent);
  }

  #challenge(values: ChapValues): ChapStep {
    const offered = values.get("CHAP_A");
    if (offered === undefined || values.size !== 1) return failed("CHAP_A alone is expected");
    const row = this.#choose(offered.split(","));
    if (row === undefined) return failed("no CHAP algorithm in common");
    const identifier = this.#ports.entropy(1)[0] as number;
    const challenge = this.#ports.entropy(CHALLENGE_LENGTH);
    this.#sent = { row, identifier, challenge };
    const answers = [
      { key: "CHAP_A", value: row.code },
      { key: "CHAP_I", value: String(identifier) },
      { key: "CHAP_C", value: formatBinary(challenge) },
    ];
    return { type: "continue", answers };
  }

  /** The first of the initiator's list that we take. */
  #choose(codes: readonly string[]): AlgorithmRow | undefined {
    return codes
      .map((code) => ALGORITHMS.find((row) => row.code === code))
      .find((row) => row !== undefined && this.#policy.algorithms.includes(row.algorithm));
  }

  #verify(values: ChapValues, sent: Challenge): ChapStep {
    const name = values.get("CHAP_N");
    const response = parseBinary(values.get("CHAP_R") ?? "", sent.row.length);
    if (name === undefined || response === null) return failed("CHAP_N and CHAP_R are expected");
    const user = this.#policy.users.find((entry) => entry.name === name);
    // An unknown name takes the same path, so that the time says nothing about names.
    const expected = this.#response(sent, user?.secret ?? "");
    const isRight = equal(expected, response);
    if (user === undefined || !isRight) return failed("wrong CHAP name or response");
    if (values.size === 2) return { type: "done", answers: [], user: name };
    return this.#prove(values, sent, user);
  }

  /** Mutual authentication: our answer to the initiator's challenge. */
  #prove(values: ChapValues, sent: Challenge, user: { name: string; secret: string }): ChapStep {
    const identifier = parseNumber(values.get("CHAP_I") ?? "");
    const challenge = parseBinary(values.get("CHAP_C") ?? "", CHALLENGE_MAX);
    if (values.size !== 4 || identifier === null || identifier > 255 || challenge === null) {
      return failed("CHAP_I and CHAP_C are expected");
    }
    const own = this.#policy.own;
    if (own === null) return failed("the initiator asks for a proof that we do not have");
    // Else an initiator could let us answer our own challenge. [RFC7143 9.2.1, RFC1994 7]
    if (equal(challenge, sent.challenge)) return failed("our own challenge came back");
    if (own.secret === user.secret) return failed("one secret for both directions");
    const response = this.#response({ row: sent.row, identifier, challenge }, own.secret);
    const answers = [
      { key: "CHAP_N", value: own.name },
      { key: "CHAP_R", value: formatBinary(response) },
    ];
    return { type: "done", answers, user: user.name };
  }

  /** [RFC1994 4.1] */
  #response({ row, identifier, challenge }: Challenge, secret: string): Uint8Array {
    const chunks = [Uint8Array.of(identifier), Buffer.from(secret), challenge];
    return this.#ports.hash(row.algorithm, chunks);
  }
}

function failed(reason: string): ChapStep {
  return { type: "failed", reason };
}

/** Compares in a time that depends on the lengths alone. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) {
    difference |= (a[index] as number) ^ (b[index] ?? 0);
  }
  return difference === 0;
}
