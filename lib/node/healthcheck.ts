/**
 * `node healthcheck.js ADDR:PORT`: exit code 0 when a target answers a login there. A container's
 * HEALTHCHECK; it begins a discovery login and goes away, so no session comes to be.
 */
import { createConnection } from "node:net";
import { BHS_LENGTH } from "../iscsi/pdu";
import { loginRequest, loginResponse, LoginStage } from "../iscsi/pdus/login";

const TIMEOUT_MS = 3000;
const INITIATOR = "iqn.2026-11.io.twinlun:healthcheck";

/** A Login Request that begins the security stage of a discovery session. [RFC7143 6.3] */
function loginPdu(): Uint8Array {
  const keys = [`InitiatorName=${INITIATOR}`, "SessionType=Discovery", "AuthMethod=None"];
  const text = Buffer.from(keys.map((pair) => `${pair}\0`).join(""));
  const pdu = Buffer.alloc(BHS_LENGTH + Math.ceil(text.length / 4) * 4);
  const header = {
    immediate: true,
    transit: false,
    csg: LoginStage.SecurityNegotiation,
    dataSegmentLength: text.length,
    isid: Buffer.from([0x80, 0, 0, 0, 0, 0]),
  };
  loginRequest.encode(header, pdu);
  text.copy(pdu, BHS_LENGTH);
  return pdu;
}

/** Whether anything at the address answers a Login Request, be it with a refusal. */
export function isAnswering(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host, port, timeout: TIMEOUT_MS });
    const answer = (isAlive: boolean): void => {
      socket.destroy();
      done(isAlive);
    };
    socket.once("connect", () => socket.write(loginPdu()));
    socket.once("data", (chunk) => answer(((chunk[0] ?? 0) & 0x3f) === loginResponse.opcode));
    socket.once("error", () => answer(false)).once("timeout", () => answer(false));
    socket.once("close", () => answer(false));
  });
}

if (require.main === module) {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(process.argv[2] ?? "") ?? [];
  if (host === undefined) {
    process.stderr.write("usage: node healthcheck.js ADDR:PORT\n");
    process.exitCode = 2;
  } else
    void isAnswering(host, Number(port)).then((isAlive) => {
      process.exitCode = isAlive ? 0 : 1;
    });
}
