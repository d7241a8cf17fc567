import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { dataOut } from "../../lib/iscsi/pdus/data";
import { loginRequest } from "../../lib/iscsi/pdus/login";
import { logoutRequest } from "../../lib/iscsi/pdus/logout";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { snackRequest } from "../../lib/iscsi/pdus/snack";
import { taskManagementRequest } from "../../lib/iscsi/pdus/task-management";
import { textRequest } from "../../lib/iscsi/pdus/text";
import { World } from "./support/initiator";

describe("full feature phase", () => {
  it("[RFC7143 11.17.1] rejects opcodes it does not know, and goes on behind their CmdSN", () => {
    const initiator = new World().logIn();
    const unknown = Buffer.alloc(48);
    unknown[0] = 0x1e;
    unknown.writeUInt32BE(initiator.numbers.cmdSN++, 24);
    initiator.push(unknown);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ reason: RejectReason.COMMAND_NOT_SUPPORTED, expCmdSN: 101 });
    expect(answer.data).toEqual(unknown);
    initiator.read(0, 1);
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Data-In", status: 0 });
  });

  it.each([nopOut, textRequest, taskManagementRequest, logoutRequest, dataOut])(
    "[RFC7143 11.2.1.5] rejects a $name with an additional header segment, and goes on",
    (row) => {
      const world = new World();
      const initiator = world.logIn();
      const bytes = initiator.encode(row as unknown as PduRow, { targetTransferTag: NO_TAG });
      bytes[4] = 1;
      initiator.push(Buffer.concat([bytes, Buffer.from("00010100", "hex")]));
      expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
      initiator.read(0, 1);
      expect(initiator.takeOne()).toMatchObject({ name: "SCSI Data-In", status: 0 });
    },
  );

  it("[RFC7143 11.16] rejects SNACK at ErrorRecoveryLevel 0", () => {
    const initiator = new World().logIn();
    initiator.send(snackRequest as unknown as PduRow);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    expect(initiator.closed).toBe(null);
  });

  it("[RFC7143 4.3] takes no SCSI command and no task management in a discovery session", () => {
    const world = new World();
    const initiator = world.logIn({ SessionType: "Discovery" });
    initiator.read(0, 1);
    initiator.manage(5);
    const answers = initiator.take();
    expect(answers.map(({ reason }) => reason)).toEqual([
      RejectReason.PROTOCOL_ERROR,
      RejectReason.PROTOCOL_ERROR,
    ]);
    expect(world.device.managed).toEqual([]);
  });

  it("[RFC7143 4.2.4] rejects a login in full feature phase and closes the connection", () => {
    const initiator = new World().logIn();
    initiator.send(loginRequest as unknown as PduRow, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    expect(initiator.closed).toBe("end");
  });
});
