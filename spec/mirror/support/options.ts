/** The forms of a pair that specs begin from: the defaults of the settings. */
import type { MirrorOptions } from "../../../lib/mirror/config";

export const OPTIONS: MirrorOptions = {
  example: "symmetric",
  communicationMedium: "cache",
  acknowledge: "sync",
  completeAt: "job-two",
  directRead: "shared",
  omitTransfer: true,
  granularity: "range",
  onMirrorLoss: "go-on",
};
