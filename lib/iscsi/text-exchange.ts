/**
 * One text exchange: the parts of a question, and the parts of its answer that are not sent yet.
 * Requests and responses are `text-request.ts`'s. [RFC7143 6.2]
 */
import { TextInbox } from "./text";

export class TextExchange {
  /** The Target Transfer Tag by which the initiator goes on with it. */
  readonly targetTransferTag: number;
  readonly inbox = new TextInbox();
  /** Data segments of the answer still to go. */
  outgoing: Uint8Array[] = [];

  constructor(targetTransferTag: number) {
    this.targetTransferTag = targetTransferTag;
  }
}
