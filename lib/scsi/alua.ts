/**
 * Asymmetric logical unit access: the target port groups of a unit with their states, and which
 * commands a port takes in each state. It does not decide the states: whoever knows the mirrored
 * pair sets them, and all change implicitly, never at an initiator's wish. [SPC-4 5.11]
 */
import {
  type CommandRow,
  LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_STANDBY_STATE,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
  type Sense,
  type SenseCode,
  inquiry,
  logSelect,
  logSense,
  modeSelect10,
  modeSelect6,
  modeSense10,
  modeSense6,
  persistentReserveInReadKeys,
  persistentReserveOutRegister,
  readCapacity10,
  readCapacity16,
  receiveDiagnosticResults,
  reportLuns,
  reportSupportedOperationCodes,
  reportSupportedTaskManagementFunctions,
  reportTargetPortGroups,
  requestSense,
  sendDiagnostic,
  setTargetPortGroups,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { Command } from "./command";
import type { Unit } from "./unit";

export type AccessState =
  "active-optimized" | "active-non-optimized" | "standby" | "unavailable" | "transitioning";

export interface TargetPortGroup {
  /** TARGET PORT GROUP: its number, the same whichever controller is asked. */
  readonly tag: number;
  /** RELATIVE TARGET PORT IDENTIFIERs of its ports. */
  readonly relativeTargetPorts: readonly number[];
  readonly state: AccessState;
}

type FixedGroup = Omit<TargetPortGroup, "state">;

/** More than what a pair takes to decide; initiators assume minutes where none is told. */
const IMPLICIT_TRANSITION_TIME_S = 30;
/** TARGET PORT COUNT and IMPLICIT TRANSITION TIME are bytes. */
const BYTE_MAX = 255;

/** All groups of a unit, also those of ports that other controllers have. */
export class TargetPortGroups {
  /** The ports of all groups, ascending. */
  readonly relativeTargetPorts: readonly number[];
  /** IMPLICIT TRANSITION TIME: how long an initiator should wait for a transition to end. */
  readonly implicitTransitionTimeS: number;
  #groups: readonly TargetPortGroup[];

  /** `groups` in the order they are reported in; all of them active/optimized at first. */
  constructor(
    groups: readonly FixedGroup[],
    options: { readonly implicitTransitionTimeS?: number } = {},
  ) {
    const { implicitTransitionTimeS = IMPLICIT_TRANSITION_TIME_S } = options;
    const ports = groups.flatMap((group) => group.relativeTargetPorts);
    assert(groups.length > 0, "a port is in a group");
    assert(implicitTransitionTimeS <= BYTE_MAX, "a transition time fits its byte");
    assert(new Set(ports).size === ports.length, "a port is in one group");
    assert(new Set(groups.map(({ tag }) => tag)).size === groups.length, "one group of a tag");
    for (const { relativeTargetPorts } of groups) {
      assert(relativeTargetPorts.length <= BYTE_MAX, "the ports of a group fit their count");
    }
    this.relativeTargetPorts = ports.sort((a, b) => a - b);
    this.implicitTransitionTimeS = implicitTransitionTimeS;
    this.#groups = groups.map(({ tag, relativeTargetPorts }) => {
      return { tag, relativeTargetPorts, state: "active-optimized" };
    });
  }

  /** Of a unit that is reached in one way only, by whatever port: always active/optimized. */
  static single(relativeTargetPorts: readonly number[] = [1]): TargetPortGroups {
    return new TargetPortGroups([{ tag: 1, relativeTargetPorts }]);
  }

  get groups(): readonly TargetPortGroup[] {
    return this.#groups;
  }

  /** False: all ports are alike, and nothing need be told of them. */
  get areAsymmetric(): boolean {
    return this.#groups.length > 1;
  }

  /** The group of a port; an only group has all ports there are. */
  groupOf(relativeTargetPort: number): TargetPortGroup {
    const groups = this.#groups;
    const found = this.areAsymmetric
      ? groups.find((group) => group.relativeTargetPorts.includes(relativeTargetPort))
      : groups[0];
    assert(found !== undefined, "every port is in a group");
    return found;
  }

  /** Sets the states of the groups that are named by tag; true: one of them is another now. */
  set(states: ReadonlyMap<number, AccessState>): boolean {
    for (const tag of states.keys()) {
      assert(
        this.#groups.some((group) => group.tag === tag),
        "only groups have states",
      );
    }
    const groups = this.#groups.map((group) => {
      const state = states.get(group.tag) ?? group.state;
      return state === group.state ? group : { ...group, state };
    });
    const isChanged = groups.some((group, index) => group !== this.#groups[index]);
    this.#groups = groups;
    return isChanged;
  }
}

/** A row whatever its fields are. */
type Identified = Pick<CommandRow, "opcode" | "serviceAction">;

function identity({ opcode, serviceAction }: Identified): number {
  return opcode * 32 + (serviceAction ?? 0);
}

function setOf(...rows: readonly Identified[]): ReadonlySet<number> {
  return new Set(rows.map(identity));
}

/** What runs whatever the state is. [SPC-4 5.11.2.5, 5.11.2.7] */
const ALWAYS = [
  inquiry,
  reportLuns,
  requestSense,
  reportTargetPortGroups,
  setTargetPortGroups,
] as const;

const RUNS_ALWAYS = setOf(...ALWAYS);

/**
 * Beyond the standard's list, which says what has to run: what an initiator asks once, when it
 * finds a disk, and would not ask again when this port becomes the one to use. [SPC-4 5.11.2.4]
 */
const RUNS_IN_STANDBY = setOf(
  ...ALWAYS,
  ...[logSelect, logSense, modeSelect6, modeSelect10, modeSense6, modeSense10],
  ...[receiveDiagnosticResults, sendDiagnostic],
  ...[readCapacity10, readCapacity16],
  ...[reportSupportedOperationCodes, reportSupportedTaskManagementFunctions],
);

/** All of their service actions run in standby. */
const PERSISTENT_RESERVE: ReadonlySet<number> = new Set([
  persistentReserveInReadKeys.opcode,
  persistentReserveOutRegister.opcode,
]);

interface Limited {
  readonly code: SenseCode;
  runs(row: Identified): boolean;
}

const LIMITED: { readonly [state in AccessState]: Limited | null } = {
  "active-optimized": null,
  "active-non-optimized": null,
  standby: {
    code: LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_STANDBY_STATE,
    runs: (row) => RUNS_IN_STANDBY.has(identity(row)) || PERSISTENT_RESERVE.has(row.opcode),
  },
  unavailable: {
    code: LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
    runs: (row) => RUNS_ALWAYS.has(identity(row)),
  },
  transitioning: {
    code: LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION,
    runs: (row) => RUNS_ALWAYS.has(identity(row)),
  },
};

/** Why the port does not take a command in the state of its group; null: it does. */
export function accessRefusal(
  command: Command,
  unit: Unit,
  relativeTargetPort: number,
): Sense | null {
  if (unit.isVacant) return null;
  const limited = LIMITED[unit.access.groupOf(relativeTargetPort).state];
  return limited === null || limited.runs(command.row) ? null : { code: limited.code };
}
