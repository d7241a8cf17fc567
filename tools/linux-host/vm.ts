/**
 * Boots the guest on an engine, follows its lines, answers its calls, and ends its process group
 * when it is over or takes too long. Knows nothing of scenarios: what the lines mean for a spec is
 * decided by who called.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CpioArchive } from "./cpio";
import { makeFolder } from "./host";
import type { Images } from "./images";
import { answer, parseLine, type Line, type Step } from "./protocol";

/** Does what the guest asks of the host; its exit status, 0 for done. */
export type CallHandler = (name: string, args: readonly string[]) => Promise<number>;

export interface VmOptions {
  readonly images: Images;
  /** A file to stand behind the image's initramfs; null: none. */
  readonly extra: string | null;
  /** The run's own folder: initramfs, console log, lines. */
  readonly folder: string;
  /** The scenario's shell file. */
  readonly scenario: string;
  /** Shell variables of the scenario. */
  readonly settings: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  readonly onCall: CallHandler;
  readonly onStep?: (step: Step) => void;
}

/** How it ended: the scenario's own result, the guest died before that, or the time ran out. */
export type Ending = "ok" | "failed" | "died" | "late";

export interface VmResult {
  readonly ending: Ending;
  readonly steps: readonly Step[];
  /** All the guest's kernel wrote. */
  readonly console: string;
}

const memoryMiB = 512;

export async function bootVm(options: VmOptions): Promise<VmResult> {
  makeFolder(options.folder);
  const consoleFile = join(options.folder, "console.log");
  const initramfs = join(options.folder, "initramfs");
  writeFileSync(initramfs, withScenario(options));
  const child = start(options, initramfs, consoleFile);
  const end = (): void => endGroup(child);
  process.once("exit", end);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, options.timeLimitMs);
  const { steps, isOk } = await follow(child, options);
  clearTimeout(timer);
  end();
  process.off("exit", end);
  const reported: Ending = isOk === undefined ? "died" : isOk ? "ok" : "failed";
  const ending = isLate ? "late" : reported;
  return { ending, steps, console: readFileSync(consoleFile, "utf8") };
}

/** The image's initramfs, the extra, and behind them an archive with scenario and settings. */
function withScenario({ images, extra, scenario, settings }: VmOptions): Buffer {
  const all = { results: images.engine === "uml" ? "/dev/ttyS0" : "/dev/ttyS1", ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'\n`);
  const archive = new CpioArchive();
  archive.file("scenario/settings.sh", lines.join(""));
  archive.file("scenario/scenario.sh", readFileSync(scenario));
  const files = [images.initramfs, ...(extra === null ? [] : [extra])];
  return Buffer.concat([...files.map((file) => readFileSync(file)), archive.bytes()]);
}

/**
 * The child leads its own process group: User-mode Linux has helper processes, and slirp is one of
 * them.
 */
function start(options: VmOptions, initramfs: string, consoleFile: string): ChildProcess {
  const { images, folder } = options;
  const log = openSync(consoleFile, "w");
  const [program, args] =
    images.engine === "uml"
      ? [images.kernel, umlArguments(images, initramfs)]
      : ["qemu-system-x86_64", qemuArguments(images, initramfs, consoleFile)];
  const child = spawn(program, args, {
    detached: true,
    stdio: [
      "pipe",
      "pipe",
      images.engine === "uml" ? log : openSync(join(folder, "qemu.log"), "w"),
      log,
    ],
    // User-mode Linux keeps its sockets in ~/.uml.
    env: { ...process.env, HOME: folder },
  });
  closeSync(log);
  return child;
}

const kernelArguments = ["panic=-1", "quiet", "loglevel=4", "printk.devkmsg=on"];

/** The console is the child's descriptor 3, the second line its stdin and stdout. */
function umlArguments(images: Images, initramfs: string): string[] {
  const lines = ["con=null", "con0=null,fd:3", "ssl=null", "ssl0=fd:0,fd:1"];
  const machine = [`mem=${memoryMiB}M`, `initrd=${initramfs}`, `umid=lab${process.pid}`];
  return [...machine, ...lines, `eth0=slirp,,${images.slirp}`, ...kernelArguments];
}

function qemuArguments(images: Images, initramfs: string, consoleFile: string): string[] {
  const fast = "mitigations=off nokaslr tsc=reliable no_timer_check cryptomgr.notests";
  const append = ["console=ttyS0,115200", ...kernelArguments, fast, "random.trust_cpu=on"];
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-machine", "pc", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"],
    ...["-m", String(memoryMiB), "-kernel", images.kernel, "-initrd", initramfs],
    ...["-append", append.join(" ")],
    ...["-netdev", "user,id=n0,ipv6=off", "-device", "virtio-net-pci,romfile=,netdev=n0"],
    ...["-serial", `file:${consoleFile}`, "-serial", "stdio"],
  ];
}

/** Reads the guest's lines to their end. */
async function follow(
  child: ChildProcess,
  { onCall, onStep }: VmOptions,
): Promise<{ steps: Step[]; isOk: boolean | undefined }> {
  const steps: Step[] = [];
  let output: string[] = [];
  let isOk: boolean | undefined;
  const take = async (line: Line): Promise<void> => {
    switch (line.type) {
      case "output":
        output.push(line.text);
        return;
      case "result":
        isOk = line.isOk;
        return;
      case "call":
        child.stdin!.write(answer(await onCall(line.name, line.args)));
        return;
      case "step": {
        const step = { ...line.step, output };
        output = [];
        steps.push(step);
        onStep?.(step);
      }
    }
  };
  child.stdin!.on("error", () => undefined);
  for await (const text of createInterface({ input: child.stdout! })) await take(parseLine(text));
  return { steps, isOk };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}
