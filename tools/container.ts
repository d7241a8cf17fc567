#!/usr/bin/env -S npx tsx
/**
 * Builds and runs the container image where there is no engine (see spec/real/container.spec.ts).
 * Where there is one, `docker build -t twinlun . && docker run -p 3260:3260 twinlun` is all.
 */
import { join, resolve } from "node:path";
import { Container } from "./container/container";
import { Engine } from "./container/engine";
import { buildImage } from "./container/image";
import { runTool, say, UsageError } from "./support/cli";

const USAGE = `Builds and runs the container image on Debian without a container engine.

  npx tsx tools/container.ts build                  build the Dockerfile
  npx tsx tools/container.ts run [-- WORDS...]      run it on the machine's network until Ctrl-C;
                                                    WORDS in place of the image's command
  --tag NAME    the image's name; the default is twinlun

Images and containers live in build/container; delete the folder to begin afresh. Needs root.
`;

const ROOT = resolve(__dirname, "..");

/** The engine whose images and containers are this repository's own. */
export function openEngine(): Promise<Engine> {
  return Engine.open(join(ROOT, "build/container"));
}

/** Builds the repository's Dockerfile. */
export function buildTwinlun(engine: Engine, tag: string): Promise<void> {
  return buildImage(engine, ROOT, tag);
}

async function runUntilEnd(engine: Engine, image: string, command: string[]): Promise<number> {
  const name = `${image}-${process.pid}`;
  const container = await Container.start(engine, { image, name, network: "host", command });
  process.removeAllListeners("SIGINT").once("SIGINT", () => void container.stop());
  process.removeAllListeners("SIGTERM").once("SIGTERM", () => void container.stop());
  say(JSON.stringify(container.ready));
  const code = await container.ended();
  await container.remove();
  return code;
}

if (require.main === module)
  runTool({
    usage: USAGE,
    options: { tag: { type: "string", default: "twinlun" } },
    async main({ tag }, [verb, ...words]) {
      if (verb !== "build" && verb !== "run") throw new UsageError("say build or run; --help");
      if (verb === "build" && words.length > 0) throw new UsageError(`build takes no ${words[0]}`);
      const engine = await openEngine();
      if (verb === "run") return runUntilEnd(engine, tag, words);
      await buildTwinlun(engine, tag);
      return 0;
    },
  });
