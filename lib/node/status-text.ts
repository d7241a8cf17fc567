/** What is known of pairs, as text for a terminal. Pure. */
import type { Progress, VerifyResult, VolumeStatus } from "../mirror/pair-status";
import type { AdminStatus } from "./admin";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes with three digits or so: `1.5 GiB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** JSON has no Infinity: what is not known yet comes as null. */
function secondsText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "";
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `, ${whole} s left` : `, ${minutes} min ${whole % 60} s left`;
}

export function progressText(progress: Progress): string {
  const { doneBytes, totalBytes, bytesPerS, secondsLeft } = progress;
  const percent = totalBytes === 0 ? 100 : (100 * doneBytes) / totalBytes;
  const amounts = `${bytesText(doneBytes)} of ${bytesText(totalBytes)}`;
  const rate = bytesPerS > 0 ? `, ${bytesText(bytesPerS)}/s` : "";
  return `${percent.toFixed(1)} % (${amounts}${rate}${secondsText(secondsLeft)})`;
}

/** How a verification ended. */
export function verifyText({ isComplete, differingBytes, comparedBytes }: VerifyResult): string {
  const compared = `${bytesText(comparedBytes)} compared`;
  const ended = isComplete ? "verified" : "verification broken off";
  const what = differingBytes === 0 ? "no difference" : `${bytesText(differingBytes)} differ`;
  return `${ended}: ${what}, ${compared}`;
}

function activityOf({ resync, verify }: VolumeStatus): string {
  if (resync !== null) return `copying ${progressText(resync)}`;
  return verify === null ? "" : `verifying ${progressText(verify)}`;
}

const HEAD = ["LUN", "SIDE", "ROLE", "STATE", "SERVES", "LINK", "EPOCH", "DIFFERING", "ACTIVITY"];

function rowOf(volume: VolumeStatus): string[] {
  const { number, side, role, state, standing, isLinked, epoch, differingBytes } = volume;
  return [
    ...[number, side, role, state, standing].map(String),
    ...[isLinked ? "up" : "down", String(epoch)],
    ...[bytesText(differingBytes), activityOf(volume)],
  ];
}

/** Rows of the same cells in columns, each row a line. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lineOf = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => `${lineOf(row).trimEnd()}\n`).join("");
}

/** One line for each unit and side, and the problems below. */
export function statusTable(status: AdminStatus): string {
  const volumes = status.sides
    .flatMap((side) => side.volumes)
    .sort((a, b) => a.number - b.number || a.side - b.side);
  const notes = volumes.flatMap((volume) => {
    const name = `LUN ${volume.number}, side ${volume.side}`;
    const { problem, lastVerify } = volume;
    return [
      ...(problem === null ? [] : [`${name}: ${problem}`]),
      ...(lastVerify === null ? [] : [`${name}: ${verifyText(lastVerify)}`]),
    ];
  });
  const table = tableText([HEAD, ...volumes.map(rowOf)]);
  return `${table}${notes.map((line) => `${line}\n`).join("")}`;
}
