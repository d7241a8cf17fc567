/** The log on standard error: the one user of winston. Secrets never come here. */
import { createLogger, format, transports } from "winston";
import { unreachable } from "../base/assert";
import type { TraceEvent } from "../base/trace";

export type LogLevel = "error" | "warn" | "info" | "debug";

export interface Log {
  write(level: LogLevel, message: string): void;
  /** What a controller tells, as a line. */
  trace(event: TraceEvent): void;
}

interface Line {
  readonly level: LogLevel;
  readonly message: string;
}

/** A trace event in words, and how much it matters. */
export function lineOf(event: TraceEvent): Line {
  switch (event.type) {
    case "connection-opened": {
      const { connection, remote, portal } = event;
      return { level: "debug", message: `connection ${connection} from ${remote} at ${portal}` };
    }
    case "connection-closed":
      return { level: "debug", message: `connection ${event.connection} closed: ${event.reason}` };
    case "login": {
      const { initiatorName, target, session } = event;
      const purpose = target === null ? "for discovery" : `to ${target}`;
      return {
        level: "info",
        message: `${initiatorName} logged in ${purpose}, session ${session}`,
      };
    }
    case "login-failed": {
      const status = event.status.toString(16).padStart(4, "0");
      const { connection, reason } = event;
      const message = `connection ${connection} refused at login: ${reason} (${status}h)`;
      return { level: "warn", message };
    }
    case "logout":
      return { level: "info", message: `session ${event.session} logged out` };
    case "session-ended":
      return { level: "info", message: `session ${event.session} ended: ${event.reason}` };
    case "reject": {
      const reason = event.reason.toString(16).padStart(2, "0");
      const message = `connection ${event.connection}: PDU rejected (${reason}h): ${event.detail}`;
      return { level: "warn", message };
    }
    case "check-condition": {
      const { lun, command, sense, initiatorName } = event;
      return { level: "debug", message: `LUN ${lun}: ${command} of ${initiatorName}: ${sense}` };
    }
    case "reservation-conflict": {
      const { lun, command, initiatorName, holder } = event;
      const message = `LUN ${lun}: ${command} of ${initiatorName} conflicts with ${holder}`;
      return { level: "debug", message };
    }
    case "task-management": {
      const message = `LUN ${event.lun}: ${event.function} by ${event.initiatorName}`;
      return { level: "info", message };
    }
    case "device-error":
      return { level: "error", message: `LUN ${event.lun}: ${event.detail}` };
    default:
      return unreachable(event);
  }
}

/** The same log, for one of several that use it: each line begins with who tells it. */
export function withPrefix(log: Log, prefix: string): Log {
  const write = (level: LogLevel, message: string): void => log.write(level, prefix + message);
  const trace = (event: TraceEvent): void => {
    const line = lineOf(event);
    write(line.level, line.message);
  };
  return { write, trace };
}

export function openLog(level: LogLevel): Log {
  const logger = createLogger({
    level,
    format: format.combine(
      format.timestamp(),
      format.printf(
        (info) => `${String(info["timestamp"])} ${info.level}: ${String(info.message)}`,
      ),
    ),
    transports: [new transports.Stream({ stream: process.stderr })],
  });
  const write = (level: LogLevel, message: string): void => void logger.log(level, message);
  const trace = (event: TraceEvent): void => {
    const line = lineOf(event);
    write(line.level, line.message);
  };
  return { write, trace };
}
