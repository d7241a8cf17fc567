import { createServer, type AddressInfo, type Server } from "node:net";
import { loginRequest, loginResponse } from "../../lib/iscsi/pdus/login";
import { isAnswering } from "../../lib/node/healthcheck";

/** A server that answers the first bytes with others; what it received goes to `received`. */
async function serverThatAnswers(answer: Uint8Array, received: Buffer[] = []): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (chunk) => {
      received.push(chunk);
      socket.end(answer);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

describe("the health check", () => {
  it.each([
    ["that lets it in", 0],
    ["that refuses it", 2],
  ])("is content with a target %s", async (_which, statusClass) => {
    const server = await serverThatAnswers(loginResponse.encode({ statusClass }));
    expect(await isAnswering("127.0.0.1", portOf(server))).toBe(true);
    server.close();
  });

  it("[RFC7143 11.12] begins a discovery session in the security stage", async () => {
    const received: Buffer[] = [];
    const server = await serverThatAnswers(loginResponse.encode({}), received);
    await isAnswering("127.0.0.1", portOf(server));
    const [pdu] = received as [Buffer];
    const header = loginRequest.decode(pdu);
    expect(header).toMatchObject({ opcode: 3, immediate: true, transit: false, csg: 0, tsih: 0 });
    expect(pdu.toString("latin1", 48)).toContain("SessionType=Discovery\0");
    expect(pdu.length % 4).toBe(0);
    server.close();
  });

  it("is not content with something else that answers", async () => {
    const server = await serverThatAnswers(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await isAnswering("127.0.0.1", portOf(server))).toBe(false);
    server.close();
  });

  it("is not content with a connection closed without a word", async () => {
    const server = await serverThatAnswers(Buffer.alloc(0));
    expect(await isAnswering("127.0.0.1", portOf(server))).toBe(false);
    server.close();
  });

  it("is not content when nobody listens", async () => {
    const server = await serverThatAnswers(Buffer.alloc(0));
    const port = portOf(server);
    await new Promise((done) => server.close(done));
    expect(await isAnswering("127.0.0.1", port)).toBe(false);
  });
});
