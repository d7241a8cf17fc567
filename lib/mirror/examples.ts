/**
 * The patent's three examples as one table: in what they differ on the one engine, and by which
 * numbers the steps go that they have in common.
 *
 *   1 communication   JOB1 asks JOB3 of the communication volume 603 (Figs. 3–7)
 *   2 sub-relay       JOB1 asks another job of the subvolume 602 itself (Figs. 11–15)
 *   3 symmetric       both volumes take hosts' commands under exclusive modes (Fig. 17)
 */
import type { MirrorOptions } from "./config";

type Steps = readonly number[];

export interface Example {
  /**
   * The sub side takes exclusive-sub before it asks (861); the main side answers "exclusive" when
   * it cannot have exclusive-main, instead of letting the relay wait there (832).
   */
  readonly isTentative: boolean;
  /** JOB1, at the main and at the sub side: the command's analysis and the first tests. */
  readonly arrived: Steps;
  /** JOB1: the pair is abnormal, check report. */
  readonly abnormal: Steps;
  /** JOB1 of the sub side asks JOB3 and stands by. */
  readonly asked: Steps;
  /** JOB3: sends information, command, parameter and data, and stands by. */
  readonly relayed: Steps;
  /** JOB3: started again by the end at the main side, and reports it to JOB1. */
  readonly relayEnded: Steps;
  /** JOB1 of the sub side: started again by JOB3's end. */
  readonly restarted: Steps;
  /** JOB1, at the main and at the sub side: its end is reported to the host. */
  readonly mainReported: Steps;
  readonly subReported: Steps;
  /** JOB1's own end, at the main and at the sub side. */
  readonly mainEnded: Steps;
  readonly subEnded: Steps;
  /** JOB1 at either side: reserved for another host. */
  readonly mainReserved: Steps;
  readonly subReserved: Steps;
}

export const examples: Readonly<Record<MirrorOptions["example"], Example>> = {
  communication: {
    isTentative: false,
    arrived: [701, 702],
    abnormal: [703],
    asked: [704, 705],
    relayed: [713, 714, 715, 716],
    relayEnded: [717, 718],
    restarted: [706],
    mainReported: [707],
    subReported: [707],
    mainEnded: [],
    subEnded: [],
    mainReserved: [707],
    subReserved: [707],
  },
  "sub-relay": {
    isTentative: false,
    arrived: [701, 702],
    abnormal: [703],
    asked: [804, 705],
    relayed: [813, 814, 815, 816, 817, 716],
    relayEnded: [717, 718],
    restarted: [706],
    mainReported: [707],
    subReported: [707],
    mainEnded: [],
    subEnded: [],
    mainReserved: [707],
    subReserved: [707],
  },
  symmetric: {
    isTentative: true,
    arrived: [856, 857, 858],
    abnormal: [703],
    asked: [],
    relayed: [862],
    relayEnded: [],
    restarted: [],
    mainReported: [846],
    subReported: [840],
    mainEnded: [847],
    subEnded: [841],
    mainReserved: [848, 849],
    subReserved: [834, 835],
  },
};
