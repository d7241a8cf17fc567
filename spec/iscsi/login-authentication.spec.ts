import { Authentication, type AuthenticationStep } from "../../lib/iscsi/login-authentication";
import { policy, ports } from "./config";

function receive(subject: Authentication, text: string): AuthenticationStep {
  const items = text.split(" ").map((pair) => {
    const [key, value] = pair.split("=") as [string, string];
    return { key, value };
  });
  return subject.receive(items);
}

describe("Authentication", () => {
  it.each([
    ["no policy", "CHAP,None", "None", null],
    ["a policy", "None,CHAP", "CHAP", policy],
    ["no policy", "KRB5,CHAP", null, null],
    ["a policy", "None", null, policy],
    ["a policy", "CHAPX", null, policy],
  ])("[RFC7143 12.1] %s: AuthMethod=%s is answered %s", (_, offer, answer, chap) => {
    const step = receive(new Authentication(chap, ports()), `AuthMethod=${offer}`);
    if (answer === null) expect(step.type).toBe("failed");
    else expect(step).toMatchObject({ answers: [{ key: "AuthMethod", value: answer }] });
  });

  it("is complete from the start without a policy, and with one only behind CHAP", () => {
    expect(new Authentication(null, ports()).isComplete).toBe(true);
    const subject = new Authentication(policy, ports());
    receive(subject, "AuthMethod=CHAP");
    receive(subject, "CHAP_A=5");
    expect(subject).toMatchObject({ hasBegun: true, isComplete: false, user: null });
  });

  it("takes method and algorithm in one request", () => {
    const step = receive(new Authentication(policy, ports()), "AuthMethod=CHAP CHAP_A=7");
    expect(step).toMatchObject({
      answers: [{ key: "AuthMethod" }, { key: "CHAP_A", value: "7" }, { key: "CHAP_I" }, {}],
    });
  });

  it("refuses CHAP keys where CHAP was not agreed", () => {
    const subject = new Authentication(null, ports());
    receive(subject, "AuthMethod=None");
    expect(receive(subject, "CHAP_A=5").type).toBe("failed");
  });
});
