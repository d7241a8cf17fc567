/**
 * What a unit keeps for those who manage it and no command on blocks asks for: each of the four is
 * a file of its own. The first two all controllers have alike, the others each for itself.
 */
import type { BlockDevice } from "../block/device";
import { IdentifyingInformation } from "./identifying-information";
import { SelfTests } from "./self-tests";
import { type Calendar, Timestamp } from "./timestamp";
import { UnitCounters } from "./unit-counters";

export class UnitRecords {
  readonly identifyingInformation = new IdentifyingInformation();
  readonly timestamp: Timestamp;
  readonly counters = new UnitCounters();
  readonly selfTests: SelfTests;

  constructor(device: BlockDevice, calendar: Calendar) {
    this.timestamp = new Timestamp(calendar);
    this.selfTests = new SelfTests(device, calendar);
  }
}
