#!/usr/bin/env -S npx tsx
/**
 * Installs Debian packages that are not there yet. As a module, `ensurePackages(names)` does the
 * same for the specs and tools that drive programs of other people.
 */
import { CannotError, runTool, say, UsageError } from "./support/cli";
import { must, run, which } from "./support/processes";

const USAGE = `Installs the Debian packages named that are not installed yet.

  npx tsx tools/packages.ts [--help] NAME...

Needs root and apt-get; with every package there it needs neither.
`;

/** Long: another apt-get may hold the lock, and a mirror may be slow. */
const INSTALL_WITHIN_MS = 10 * 60_000;
const APT = ["-o", "DPkg::Lock::Timeout=300", "-qq"];

/** Makes sure that the Debian packages are installed. Throws a sentence that names what to do. */
export async function ensurePackages(names: readonly string[]): Promise<void> {
  const missing = await missingOf(names);
  if (missing.length === 0) return;
  const list = missing.join(" ");
  if (which("apt-get") === null) throw new CannotError(`please install: ${list} (no apt-get here)`);
  if (process.getuid?.() !== 0)
    throw new CannotError(`please run as root: apt-get install --no-install-recommends ${list}`);
  say(`installing ${list}`);
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, timeoutMs: INSTALL_WITHIN_MS };
  await must("apt-get", [...APT, "update"], options);
  await must("apt-get", [...APT, "install", "-y", "--no-install-recommends", ...missing], options);
}

async function missingOf(names: readonly string[]): Promise<string[]> {
  if (which("dpkg-query") === null) return [...names];
  const query = await run("dpkg-query", ["-W", "-f", "${db:Status-Status} ${Package}\n", ...names]);
  const installed = new Set(
    query.stdout
      .split("\n")
      .filter((line) => line.startsWith("installed "))
      .map((line) => line.slice("installed ".length)),
  );
  return names.filter((name) => !installed.has(name));
}

if (require.main === module)
  runTool({
    usage: USAGE,
    options: {},
    async main(_values, names) {
      if (names.length === 0) throw new UsageError("name at least one Debian package");
      await ensurePackages(names);
      return 0;
    },
  });
