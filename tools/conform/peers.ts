/** Targets of others on the set-ups of libiscsi's tests, as near to twinlun's as they can be. */
import { freshFolder } from "../../spec/real/support/target";
import { startIstgt } from "../support/istgt";
import { startTgtd } from "../support/tgtd";
import type { Subject } from "./runner";
import { CHAP, SETUPS, type SetupName, unitOf, withCredentials } from "./setups";

/** A target that runs; its one portal is both paths. */
interface Peer {
  readonly url: string;
  stop(): Promise<void>;
}

export const PEER_NAMES = ["tgt", "istgt"] as const;
export type PeerName = (typeof PEER_NAMES)[number];

const START: Readonly<Record<PeerName, (name: SetupName, folder: string) => Promise<Peer>>> = {
  tgt(name, folder) {
    const { tgtParams, hasChap = false } = SETUPS[name];
    const { blockSize } = unitOf(name);
    const chap = hasChap ? { chap: CHAP } : {};
    return startTgtd({
      folder,
      image: imageOf("tgt", name),
      blockSize,
      params: tgtParams,
      ...chap,
    });
  },
  istgt(name, folder) {
    const { hasChap = false } = SETUPS[name];
    const { blockSize, readOnly } = unitOf(name);
    const chap = hasChap ? { chap: CHAP } : {};
    const image = imageOf("istgt", name);
    return startIstgt({ folder, image, blockSize, isReadOnly: readOnly, ...chap });
  },
};

/** In memory. */
function imageOf(peer: PeerName, name: SetupName): { path: string; bytes: number } {
  const path = `/dev/shm/twinlun-conform-${process.pid}-${peer}-${name}.img`;
  return { path, bytes: unitOf(name).store.size ?? 0 };
}

export async function startPeer(peer: PeerName, name: SetupName): Promise<Subject> {
  const folder = freshFolder(`conform-${name}-${peer}`);
  let running = await START[peer](name, folder);
  const url = (): string =>
    SETUPS[name].hasChap === true ? withCredentials(running.url) : running.url;
  return {
    urls: () => [url(), url()],
    async restart() {
      await running.stop();
      running = await START[peer](name, folder);
    },
    stop: () => running.stop(),
  };
}
