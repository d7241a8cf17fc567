/**
 * Conversations with a Login in shorthand: `0>1 Key=value …` is a request or response in stage 0
 * that goes to stage 1; `0` stays; a `+` behind the stages is the C bit.
 */
import { crc32c } from "../../lib/base/crc32c";
import { gather } from "../../lib/base/bytes";
import type { IscsiConfig, IscsiPorts } from "../../lib/iscsi/config";
import { Framer } from "../../lib/iscsi/framer";
import {
  type Admission,
  Login,
  type LoginCandidate,
  type LoginReply,
  type WindowNumbers,
} from "../../lib/iscsi/login";
import type { Bhs, Pdu } from "../../lib/iscsi/pdu";
import { loginRequest, loginResponse } from "../../lib/iscsi/pdus/login";
import { config, ports } from "./config";
import { wireBytes } from "./wire";

type RequestFields = Partial<Bhs<typeof loginRequest>>;

/** A PDU as the framer gives it. */
export function framed(bhs: Uint8Array, data: Uint8Array = Buffer.alloc(0)): Pdu {
  const framer = new Framer(crc32c);
  framer.push(wireBytes({ bhs, data }));
  return framer.next() as Pdu;
}

export class LoginDriver {
  readonly #login: Login;
  readonly #fields: RequestFields;
  readonly candidates: LoginCandidate[] = [];
  reply: LoginReply | null = null;

  constructor(
    options: {
      config?: Partial<IscsiConfig>;
      ports?: IscsiPorts;
      fields?: RequestFields;
      admission?: Admission;
      /** By TSIH, of the sessions that are there. */
      windows?: ReadonlyMap<number, WindowNumbers>;
    } = {},
  ) {
    const settings = { ...config, ...options.config };
    this.#fields = {
      immediate: true,
      isid: Buffer.from("80aabbccddee", "hex"),
      initiatorTaskTag: 7,
      cid: 1,
      cmdSN: 100,
      expStatSN: 40,
      ...options.fields,
    };
    this.#login = new Login({
      config: settings,
      ports: options.ports ?? ports(),
      portal: settings.portals[0] as (typeof settings.portals)[0],
      windowOf: (tsih) => options.windows?.get(tsih) ?? null,
      admit: (candidate) => {
        this.candidates.push(candidate);
        return options.admission ?? { tsih: 5 };
      },
    });
  }

  /** Sends a request in shorthand; the response in shorthand. */
  say(line: string, fields: RequestFields = {}): string {
    const space = line.indexOf(" ");
    const stages = space < 0 ? line : line.slice(0, space);
    const text = space < 0 ? "" : `${line.slice(space + 1).replaceAll(" ", "\0")}\0`;
    return this.sayRaw(stages, Buffer.from(text), fields);
  }

  sayRaw(stages: string, data: Uint8Array, fields: RequestFields = {}): string {
    const [, csg, nsg, more] = /^(\d)(?:>(\d))?(\+?)$/.exec(stages) as unknown as string[];
    const bhs = loginRequest.encode({
      ...this.#fields,
      csg: Number(csg),
      transit: nsg !== undefined,
      nsg: Number(nsg ?? 0),
      continue: more === "+",
      ...fields,
    });
    return this.give(framed(bhs, data));
  }

  give(pdu: Pdu): string {
    this.reply = this.#login.receive(pdu);
    const { bhs, data, type } = this.reply;
    const response = loginResponse.decode(bhs);
    if (type === "failed") {
      const status = (response.statusClass << 8) | response.statusDetail;
      return `failed 0x${status.toString(16).padStart(4, "0")}`;
    }
    const next = response.transit ? `>${response.nsg}` : "";
    const stages = `${response.csg}${next}${response.continue ? "+" : ""}`;
    const text = Buffer.from(gather([data]))
      .toString()
      .replaceAll("\0", " ");
    return `${type === "done" ? "done " : ""}${stages} ${text}`.trimEnd();
  }
}
