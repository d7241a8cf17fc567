/**
 * One replica of a unit's reservations with the PERSISTENT RESERVE commands: what a service action
 * answers, whom it tells what, and what it leaves behind, each as a line to compare.
 */
import type { Sense } from "node-scsi-cdb";
import type { Command } from "../../../lib/scsi/command";
import { persistentReserveInCommands } from "../../../lib/scsi/commands/persistent-reserve-in";
import { persistentReserveOutCommands } from "../../../lib/scsi/commands/persistent-reserve-out";
import { type NexusNames, nexusName } from "../../../lib/scsi/nexus";
import { Reservation } from "../../../lib/scsi/reservation";
import type { Task } from "../../../lib/scsi/task";
import type { Unit } from "../../../lib/scsi/unit";
import type { ActionOutcome, CommandAction } from "../../../lib/scsi/unit-action";
import { describeSense } from "./unit";

export const Action = {
  REGISTER: 0,
  RESERVE: 1,
  RELEASE: 2,
  CLEAR: 3,
  PREEMPT: 4,
  PREEMPT_AND_ABORT: 5,
  REGISTER_AND_IGNORE: 6,
  REGISTER_AND_MOVE: 7,
} as const;

export const ReadAction = {
  KEYS: 0,
  RESERVATION: 1,
  CAPABILITIES: 2,
  FULL_STATUS: 3,
} as const;

/** The nexus of port 1 of an initiator at a target port. */
export function nexusOf(initiator: string, relativeTargetPort = 1): NexusNames {
  const initiatorName = `iqn.2000-01.spec:${initiator}`;
  const initiatorPort = `${initiatorName},i,0x000000000001`;
  const name = nexusName(initiatorPort, relativeTargetPort);
  return { name, initiatorName, initiatorPort, relativeTargetPort };
}

/** `b` at target port 1 reads as "b", at another as "b2". */
function short(name: string): string {
  const [, initiator, port] = /spec:([a-z]+),i,0x0+1,t,0x000(.)$/.exec(name) ?? [];
  if (initiator === undefined || port === undefined) return name;
  return port === "1" ? initiator : `${initiator}${port}`;
}

/** What a list asks for; numbers are keys. */
export interface ListFields {
  readonly key?: number;
  readonly newKey?: number;
  readonly type?: number;
  readonly scope?: number;
  /** Byte 20 of a basic list, byte 17 of one to move. */
  readonly flags?: number;
  /** What stands behind the 24 bytes; its length is put before it where the list has one. */
  readonly behind?: Uint8Array;
  readonly relativeTargetPort?: number;
}

const SPEC_I_PT = 0x08;

export function parameterList(action: number, fields: ListFields): Buffer {
  const { key = 0, newKey = 0, flags = 0, behind, relativeTargetPort = 1 } = fields;
  const list = Buffer.alloc(24);
  list.writeBigUInt64BE(BigInt(key), 0);
  list.writeBigUInt64BE(BigInt(newKey), 8);
  if (action === Action.REGISTER_AND_MOVE) {
    list[17] = flags;
    list.writeUInt16BE(relativeTargetPort, 18);
    list.writeUInt32BE(behind?.length ?? 0, 20);
    return Buffer.concat([list, behind ?? Buffer.alloc(0)]);
  }
  list[20] = flags;
  if (behind === undefined || (flags & SPEC_I_PT) === 0) return list;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(behind.length);
  return Buffer.concat([list, length, behind]);
}

export class Replica {
  readonly reservation = new Reservation();
  readonly relativeTargetPorts: readonly number[];

  constructor(relativeTargetPorts: readonly number[] = [1]) {
    this.relativeTargetPorts = relativeTargetPorts;
  }

  /** The outcome of a service action as the command's row has it. */
  apply(
    action: number,
    nexus: NexusNames,
    fields: ListFields,
    list: Uint8Array = parameterList(action, fields),
    parameterListLength = list.length,
  ): ActionOutcome {
    const { row, apply } = persistentReserveOutCommands[action] as Command;
    const { type = 0, scope = 0 } = fields;
    const bytes = row.encode({ type, scope, parameterListLength });
    const { relativeTargetPorts } = this;
    const unit = { reservation: this.reservation, access: { relativeTargetPorts } };
    const at = { type: "command", nexus, tag: 1, generation: 0, cdb: bytes, data: list } as const;
    if (apply === undefined) throw new Error("PERSISTENT RESERVE OUT is applied");
    return apply(row.decode(bytes), at as CommandAction, unit as unknown as Unit);
  }

  /** The same of initiator `from` at target port 1, as a line: answer, who is told what, aborts. */
  send(action: number, from: string, fields: ListFields): string {
    return describeOutcome(this.apply(action, nexusOf(from), fields));
  }

  /** PERSISTENT RESERVE IN. */
  read(action: number, allocationLength = 0xffff): Buffer {
    const { row, execute } = persistentReserveInCommands[action] as Command;
    let told = Buffer.alloc(0);
    const unit = {
      reservation: this.reservation,
      goodWithData(_task: Task, data: Uint8Array, length: number): void {
        told = Buffer.from(data.subarray(0, length));
      },
    };
    const cdb = row.decode(row.encode({ allocationLength }));
    execute?.(cdb, undefined as unknown as Task, unit as unknown as Unit);
    return told;
  }

  /** `a=1 b=2 | b holds 5 | generation 3` */
  get state(): string {
    const { registrations } = this.reservation;
    const entries = [...registrations.entries()].map(
      ([name, key]) => `${short(name)}=${Number.parseInt(key, 16)}`,
    );
    const { reservation, generation } = registrations;
    const holder = reservation?.holder ?? null;
    const who = holder === null ? "all" : short(holder);
    const held = reservation === null ? "free" : `${who} holds ${reservation.type.code}`;
    return `${entries.join(" ")} | ${held} | generation ${generation}`;
  }
}

export function describeOutcome({ answer, attentions = [], abort = [] }: ActionOutcome): string {
  const answered = typeof answer === "string" ? answer : describeSense(answer);
  const told = attentions.map(({ to, sense }) => {
    const names = typeof to === "string" ? to : to.map(short).join(" ");
    return `, ${names}: ${attention(sense)}`;
  });
  return `${answered}${told.join("")}${abort.length > 0 ? `, aborts ${abort.map(short).join(" ")}` : ""}`;
}

function attention({ code }: Sense): string {
  return code.text.toLowerCase();
}
