/** What came of a service action that went well, in the terms in which every command says it. */
import type { SenseCode } from "node-scsi-cdb";
import type { ActionOutcome } from "../unit-action";

/** Names of nexuses, and the unit attention for them. */
export type Told = readonly [to: readonly string[], code: SenseCode];

/** GOOD, with the unit attentions that concern anybody. */
export function outcome(...told: readonly Told[]): ActionOutcome {
  const attentions = told
    .filter(([to]) => to.length > 0)
    .map(([to, code]) => ({ to, sense: { code } }));
  return { answer: "good", attentions };
}
