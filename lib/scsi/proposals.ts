/**
 * What the tasks of a logical unit propose to all its controllers, and what becomes of a task when
 * the answer is there: a command that changes the unit, and a CHECK CONDITION that other tasks
 * feel. What an action does is `apply-action.ts`.
 */
import {
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
  type Sense,
  Status,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import { gather } from "../base/bytes";
import { hasNaca } from "./aca";
import type { Execution } from "./execution";
import type { LogicalUnit } from "./logical-unit";
import type { ActionAnswer } from "./unit-action";

const UNAVAILABLE: Sense = { code: LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE };

/** An answer, and the unit's generation when it was asked for. */
interface Answered {
  readonly generation: number;
  readonly answer: ActionAnswer | "unavailable";
}

export class Proposals {
  readonly #unit: LogicalUnit;

  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** A command whose row has `apply`: its task has done all that comes before the action. */
  command(execution: Execution): void {
    const { command, task } = execution;
    assert(command !== null, "only what has passed the gates is proposed");
    if (this.#unit.isBlocked(execution)) {
      execution.hold(() => this.command(execution));
      return;
    }
    const { nexus, tag } = task;
    const { generation } = this.#unit;
    const cdb = task.cdb.subarray(0, command.row.length);
    const data = gather(task.dataOut).subarray(0, task.dataOutLength);
    execution.isProposed = true;
    this.#unit.propose({ type: "command", nexus, tag, generation, cdb, data }, (answer) =>
      this.#commandAnswered(execution, { generation, answer }),
    );
  }

  #commandAnswered(execution: Execution, { generation, answer }: Answered): void {
    // An action that came first may have ended the task.
    if (!execution.isProposed) return;
    execution.isProposed = false;
    const unit = this.#unit;
    const { command, cdb, task } = execution;
    if (execution.state === "decided") {
      unit.endIfOver(execution);
    } else if (answer === "good") {
      assert(command?.apply !== undefined && cdb !== null, "what is proposed can be applied");
      if (command.conclude === undefined) unit.good(task);
      else command.conclude(cdb, task, unit);
    } else if (answer === "conflict") {
      unit.conflict(task);
    } else if (answer === "void") {
      // Tasks of others were aborted meanwhile. Unless nobody here knows of it, another try is new.
      if (generation === unit.generation) unit.decide(execution, Status.BUSY);
      else this.command(execution);
    } else {
      unit.fail(task, answer === "unavailable" ? UNAVAILABLE : answer);
    }
  }

  /**
   * A task is to end with CHECK CONDITION. By NACA, by QERR and with the ACA attribute that has
   * consequences for other tasks, which come before its status. Where another's condition came
   * first, the task waits, blocked, until that is over; who was let in under it brings about none.
   * Where the unit cannot be changed now the status comes without consequences: nobody gets further
   * there than to a status like it. [SAM-5 5.9.2, SPC-4 Control mode page, QERR]
   */
  checkCondition(execution: Execution): void {
    const { task, passesAca } = execution;
    const { nexus, tag, attribute, cdb } = task;
    const unit = this.#unit;
    const establishes = hasNaca(cdb);
    const isAca = attribute === "aca";
    const hasConsequences = establishes || isAca || unit.modePages.queueErrorManagement !== "none";
    if (!hasConsequences || unit.isVacant || (passesAca && !isAca)) return;
    if (execution.isTerminated) return;
    const { generation } = unit;
    execution.isProposed = true;
    unit.propose(
      { type: "check-condition", nexus, tag, generation, establishes, isAca },
      (answer) => this.#checkConditionAnswered(execution, { generation, answer }),
    );
  }

  #checkConditionAnswered(execution: Execution, { generation, answer }: Answered): void {
    // An action that came first may have ended the task.
    if (!execution.isProposed) return;
    execution.isProposed = false;
    const unit = this.#unit;
    const isVoid = answer === "void" && !execution.task.isAborted;
    if (isVoid && unit.isBlocked(execution)) {
      execution.hold(() => this.checkCondition(execution));
    } else if (isVoid && generation !== unit.generation) {
      this.checkCondition(execution);
    } else {
      execution.passesAca = true;
      unit.endIfOver(execution);
    }
  }
}
