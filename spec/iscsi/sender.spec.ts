import { crc32c } from "../../lib/base/crc32c";
import { CommandWindow } from "../../lib/iscsi/command-window";
import { Outbox } from "../../lib/iscsi/outbox";
import { NO_TAG } from "../../lib/iscsi/pdu";
import { nopIn } from "../../lib/iscsi/pdus/nop";
import { Sender } from "../../lib/iscsi/sender";

describe("the sender", () => {
  it("[RFC7143 4.2.2] numbers what carries status, shows the next StatSN otherwise, and wraps", () => {
    const outbox = new Outbox(crc32c);
    const window = new CommandWindow({ expCmdSN: 7, size: 4 });
    let touches = 0;
    const touch = (): number => touches++;
    const sender = new Sender({ outbox, window, statSN: 0xffffffff, touch, unacknowledged: null });
    sender.send(nopIn, { initiatorTaskTag: NO_TAG }, { keepsStatSN: true });
    sender.send(nopIn, { initiatorTaskTag: 1 });
    sender.send(nopIn, { initiatorTaskTag: 2 });
    const bytes = Buffer.concat(outbox.take() ?? []);
    const sent = [0, 48, 96].map((at) => nopIn.decode(bytes, at));
    expect(sent.map(({ statSN }) => statSN)).toEqual([0xffffffff, 0xffffffff, 0]);
    expect(sent[0]).toMatchObject({ final: true, expCmdSN: 7, maxCmdSN: 10 });
    expect(touches).toBe(3);
  });
});
