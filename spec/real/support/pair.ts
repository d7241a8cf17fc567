/**
 * Two controllers of one disk, each a process of its own, for specs that drive them with programs
 * of other people. The link is TCP with a key; the first side may go on alone.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../../../tools/support/processes";
import { root, Target } from "./target";

const program = join(root, "dist/node/main.js");
const LINK_KEY = "the-secret-of-this-link";

export interface PairOptions {
  /** Names the folders `build/real/NAME-a` and `-b`. */
  readonly name: string;
  /** Where the copies are, by "a" and "b"; the default are files of 1 GiB in the folders. */
  readonly storeOf?: (side: "a" | "b") => string;
  /** No TLS on the link; the default is a key. */
  readonly isLinkPlain?: boolean;
  /** What stands for the other side's end of the link; the default is that end itself. */
  readonly linkPeerFor?: (linkListen: string) => Promise<string>;
  /** More flags of both. */
  readonly args?: readonly string[];
}

export class Pair {
  readonly a: Target;
  readonly b: Target;

  private constructor(a: Target, b: Target) {
    this.a = a;
    this.b = b;
  }

  /** Starts both and waits until they are a pair. */
  static async start(options: PairOptions): Promise<Pair> {
    const [portalA, portalB] = [await freePort(), await freePort()].map(addressOf);
    const [linkA, linkB] = [await freePort(), await freePort()].map(addressOf);
    const peerFor = options.linkPeerFor ?? ((end: string) => Promise.resolve(end));
    const [peerOfA, peerOfB] = [await peerFor(linkB!), await peerFor(linkA!)];
    const side = (number: 1 | 2): Promise<Target> => {
      const isFirst = number === 1;
      const letter = isFirst ? "a" : "b";
      const name = `${options.name}-${letter}`;
      const store = options.storeOf?.(letter);
      const flags = [
        ...["--side", `${number}`, "--peer-portals", isFirst ? portalB! : portalA!],
        ...["--link-listen", isFirst ? linkA! : linkB!, "--link-peer", isFirst ? peerOfA : peerOfB],
        ...(options.isLinkPlain === true ? ["--insecure-link"] : ["--link-key", LINK_KEY]),
        ...["--admin-socket", socketOf(name)],
      ];
      return Target.start({
        name,
        listen: isFirst ? portalA! : portalB!,
        isPaired: true,
        args: [...flags, ...(options.args ?? [])],
        ...(store === undefined ? {} : { store }),
      });
    };
    const [a, b] = await Promise.all([side(1), side(2)]);
    const pair = new Pair(a, b);
    await pair.untilPaired();
    return pair;
  }

  side(letter: string): Target {
    return letter === "a" ? this.a : this.b;
  }

  /** What `twinlun ARGS --admin-socket …` of a side prints. @throws when it fails. */
  run(letter: "a" | "b", args: readonly string[]): string {
    const socket = join(this.side(letter).folder, "admin.sock");
    return execFileSync(process.execPath, [program, ...args, "--admin-socket", socket], {
      cwd: root,
      encoding: "utf8",
      timeout: 30_000,
    });
  }

  /** Until both sides say PAIR. @throws when they do not within 30 s. */
  async untilPaired(): Promise<void> {
    const texts = (): string[] => (["a", "b"] as const).map((side) => this.run(side, ["status"]));
    for (let left = 150; left > 0; left--) {
      if (texts().every((text) => /\bPAIR\b/.test(text))) return;
      await new Promise((done) => setTimeout(done, 200));
    }
    throw new Error(`not paired:\n${texts().join("\n")}`);
  }

  async stop(): Promise<void> {
    await this.b.stop();
    await this.a.stop();
  }

  async kill(): Promise<void> {
    await Promise.all([this.a.kill(), this.b.kill()]);
  }
}

function addressOf(port: number): string {
  return `127.0.0.1:${port}`;
}

function socketOf(name: string): string {
  return join(root, "build/real", name, "admin.sock");
}
